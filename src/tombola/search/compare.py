"""What a supermask is compared with: the whole network untrained, a random mask, the trained network.

These are the reference points of every report. Controls that prove a ticket are in `verify`.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from tombola.data import batches
from tombola.masks import Mask, top_k_mask
from tombola.search.job import Found, Job, Workspace
from tombola.subnetwork import Subnetwork
from tombola.training import Training, derive
from tombola.weights import TorchDefault

STATISTICS_BATCHES = 50


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
    job, mask = workspace.job, found.network.mask
    kind = "own" if job.weights.name == "own" else "untrained"
    whole = Mask({name: torch.ones_like(bits) for name, bits in mask.items()})
    for name, other in ((f"{kind} dense", whole), ("random mask", random_mask(mask, job.seeds.mask_seed))):
        network = Subnetwork(
            job.model.make(),
            other,
            job.weights,
            include=job.include,
            exclude=job.exclude,
            densities=found.densities,
        )
        _estimate_statistics(workspace, network)
        yield Reference(name, kind, other.density, other.kept(), network)
    if job.compare:
        dense = copy.deepcopy(job.model.make()).requires_grad_(True)
        workspace.train("dense", dense, dense_settings(job))
        yield Reference("trained dense", "trained", 1.0, mask.numel(), dense)


def random_mask(mask: Mask, mask_seed: int) -> Mask:
    """A random mask with exactly as many weights kept in each layer."""
    recipe = TorchDefault(seed=derive(mask_seed, "random mask"))
    draws: dict[str, Tensor] = {name: recipe.tensor(name, shape) for name, shape in mask.shapes.items()}
    return Mask({name: top_k_mask(draw, mask.kept(name)) for name, draw in draws.items()})


def dense_settings(job: Job) -> Training:
    """The paper's dense baseline, at the job's length and batch size: SGD with lr 0.01."""
    return replace(job.training, optimizer="sgd", lr=0.01, momentum=0.9, weight_decay=1e-4, schedule="cosine")


def _estimate_statistics(workspace: Workspace, network: nn.Module) -> None:
    # Fresh running statistics would make any network with batch norm look worse than it is.
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    for norm in norms:
        norm.momentum = None  # the plain mean over the batches, however few there are
    job, device = workspace.job, workspace.fabric.device
    network.to(device).train()
    split = job.data.train.to(device)
    # Dropout before a batch norm draws numbers too: always the same ones, and none of the user's.
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(derive(job.seeds.data_seed, "statistics"))
        stream = batches(split, job.training.batch_size, job.data.preparation, seed=job.seeds.data_seed, epoch=0)
        for (inputs, _), _count in zip(stream, range(STATISTICS_BATCHES), strict=False):
            network(inputs)
