"""What a supermask is compared with: the whole network untrained, a random mask, the trained network.

These are the reference points of every report. Controls that prove a ticket are in `verify`.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from tombola.masks import Mask, top_k_mask
from tombola.search.found import Found
from tombola.search.job import Job
from tombola.search.workspace import Workspace
from tombola.subnetwork import Subnetwork, prunable_layout, untrained_copy
from tombola.training import Training, derive
from tombola.weights import TorchDefault


@dataclass(frozen=True)
class Reference:
    """A network to compare with."""

    name: str
    weights: str
    density: float
    kept: int
    network: nn.Module


def references(workspace: Workspace, found: Found) -> Iterator[Reference]:
    """The networks to compare with, one after the other, so that one at a time is in memory."""
    job, mask = workspace.job, found.mask
    kind = "own" if job.weights.name == "own" else "untrained"
    whole = Mask({name: torch.ones_like(bits) for name, bits in mask.items()})
    for name, other in ((f"{kind} dense", whole), ("random mask", random_mask(mask, job.seeds.mask_seed))):
        network = Subnetwork(
            job.model.make(),
            other,
            job.weights,
            include=job.include,
            exclude=job.exclude,
            densities=dict(found.densities),
        )
        workspace.estimate_statistics(network)
        yield Reference(name, kind, other.density, other.kept(), network)
    if found.dense is not None:
        yield Reference("trained dense", "trained", 1.0, mask.numel(), found.dense)
    elif job.compare:
        yield Reference("trained dense", "trained", 1.0, mask.numel(), _trained_dense(workspace, found))


def _trained_dense(workspace: Workspace, found: Found) -> nn.Module:
    """The dense network: trained as the ticket was, or, beside a supermask, as the edge-popup paper trains it."""
    job = workspace.job
    if found.trained is None:
        dense = copy.deepcopy(job.model.make()).requires_grad_(True)
        workspace.train("dense", dense, dense_settings(job))
    else:
        model = job.model.make()
        dense = untrained_copy(model, prunable_layout(model, job.include, job.exclude), job.weights)
        workspace.train("dense", dense)
    return dense


def random_mask(mask: Mask, mask_seed: int) -> Mask:
    """A random mask with exactly as many weights kept in each layer."""
    recipe = TorchDefault(seed=derive(mask_seed, "random mask"))
    draws: dict[str, Tensor] = {name: recipe.tensor(name, shape) for name, shape in mask.shapes.items()}
    return Mask({name: top_k_mask(draw, mask.kept(name)) for name, draw in draws.items()})


def dense_settings(job: Job) -> Training:
    """The paper's dense baseline, at the job's length and batch size: SGD with lr 0.01."""
    return replace(job.training, optimizer="sgd", lr=0.01, momentum=0.9, weight_decay=1e-4, schedule="cosine")
