"""A training that several runs begin with, done once.

Masks by different criteria, thresholds or actions begin with one and the same training of the dense network. It follows
from the network's values, the data and the settings alone, so a study keeps it for the runs after.
"""

from dataclasses import asdict, replace

import torch
from torch import nn

from tombola.search.workspace import Workspace
from tombola.ticket.tensors import holdable, named_digest
from tombola.training import Fitted
from tombola.training.code import program_digest
from tombola.training.environment import environment
from tombola.training.identity import Spec, identity
from tombola.training.store import TAKEN


def beginning(spec: Spec) -> Spec:
    """What of a run's spec its dense training follows from: all but how it goes on after it.

    >>> beginning({"method": {"name": "criterion"}, "protocol": "validation", "compare": True})
    {'protocol': 'validation'}
    """
    return {name: value for name, value in spec.items() if name not in ("method", "compare")}


def train_once(workspace: Workspace, name: str, network: nn.Module, *, choose: str, stop: int | None = None) -> Fitted:
    """Train a whole network as `Workspace.train` does; where another run has done so, its checkpoints are taken.

    Args:
        workspace: where; one without a store trains always.
        name: of the training.
        network: ends with the chosen row's values.
        choose, stop: as `Loop` has them.
    """
    store, folder = workspace.store, workspace.folder.checkpoint(name)
    if store is None:
        return workspace.train(name, network, choose=choose, stop=stop)
    key = _key(workspace, network, choose, stop)
    with store.held(key, lambda: workspace.progress.status("Waiting for another run to end the same training …")):
        store.take(key, folder)
        fitted = workspace.train(name, network, choose=choose, stop=stop)
        store.keep(key, folder)
    return replace(fitted, resumed_seconds=0.0) if (folder / TAKEN).exists() else fitted


def _key(workspace: Workspace, network: nn.Module, choose: str, stop: int | None) -> str:
    job = workspace.job
    tensors = [(name, value) for name, value in network.state_dict().items() if torch.is_tensor(value)]
    begins = [(name, holdable(name, value).detach().cpu()) for name, value in tensors]
    return identity(
        beginning(dict(workspace.spec))
        | {
            "training": asdict(job.training),
            "seeds": asdict(job.seeds),
            "begins": named_digest("tombola training", begins).hex(),
            "choose": choose,
            "stop": stop,
            # The same bits are promised of one program on one device with one number of threads.
            "environment": environment(workspace.fabric, job.training.precision),
            "program": program_digest(),
        }
    )
