"""The dense network that weights are ranked by, and masked networks as ordinary ones."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from tombola.masks import Mask
from tombola.search.collapse import CollapseCheck
from tombola.search.parts.once import train_once
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, Layout, Subnetwork, canonical_tensors, untrained_copy
from tombola.training import Fitted


@dataclass(frozen=True, eq=False)
class Dense:
    """A trained dense network, and its prunable weights before and after: flat, on the CPU."""

    network: nn.Module
    fitted: Fitted
    initial: Tensor
    final: Tensor


def train_dense(
    workspace: Workspace, layout: Layout, name: str = "dense", *, choose: str, stop: int | None = None
) -> Dense:
    """Train the dense network from the job's weights; once for all runs of a study that begin so.

    Args:
        workspace: where.
        layout: of the prunable weights.
        name: of the training.
        choose: which row's values it ends with, as `Loop` has it.
        stop: iteration to stop at, before the end of the settings' epochs.
    """
    job = workspace.job
    network = untrained_copy(job.model.make(), layout, job.weights)
    initial = prunable_weights(network, layout)
    fitted = train_once(workspace, name, network, choose=choose, stop=stop)
    return Dense(network, fitted, initial, prunable_weights(network, layout))


def prunable_weights(network: nn.Module, layout: Layout) -> Tensor:
    """The network's prunable weights as one flat tensor: a copy, on the CPU."""
    return layout.flatten(dict(network.named_parameters())).cpu()


def check_whole(workspace: Workspace, layout: Layout) -> None:
    """See that the model takes the data, before anything is trained.

    Raises:
        UsageError: where it does not.
    """
    whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()})
    CollapseCheck(workspace.subnetwork(FixedMask(layout, whole), dict.fromkeys(layout.names, 1.0)), workspace.job)


def as_module(workspace: Workspace, network: Subnetwork) -> nn.Module:
    """A masked network as an ordinary module, all of it trainable; its removed weights are zero.

    Its values are copies: training it leaves the masked network as it is.
    """
    made = untrained_copy(workspace.job.model.make(), network.layout, workspace.job.weights)
    tensors = canonical_tensors(made)
    with torch.no_grad():
        for name, value in (network.masked_weights() | network.unmasked_state()).items():
            tensors[name].copy_(value)
    return made


def after(fitted: Fitted, *before: Fitted) -> Fitted:
    """The last of several trainings, with the time that all of them took."""
    everything = (fitted, *before)
    return replace(
        fitted,
        train_seconds=sum(one.train_seconds for one in everything),
        resumed_seconds=sum(one.resumed_seconds for one in everything),
    )
