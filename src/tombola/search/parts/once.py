"""A training that several runs begin with, done once.

Masks by different criteria, thresholds or actions begin with one and the same training of the dense network. It follows
from the network's values, the data and the settings alone, so a study keeps it for the runs after.
"""

from dataclasses import asdict, replace

import torch
from torch import nn

from tombola._version import __version__
from tombola.search.workspace import Workspace
from tombola.ticket.tensors import holdable, named_digest
from tombola.training import Fitted
from tombola.training.identity import identity

# What of a run's spec a dense training does not follow from: the values it begins with are hashed as they are.
APART = ("method", "weights", "seeds", "include", "exclude", "compare", "training")


def train_once(workspace: Workspace, name: str, network: nn.Module, *, choose: str, stop: int | None = None) -> Fitted:
    """Train a whole network as `Workspace.train` does; where another run has done so, its checkpoints are taken.

    Args:
        workspace: where; one without a store trains always.
        name: of the training.
        network: ends with the chosen row's values.
        choose, stop: as `Loop` has them.
    """
    if workspace.store is None:
        return workspace.train(name, network, choose=choose, stop=stop)
    key, folder = _key(workspace, network, choose, stop), workspace.folder.checkpoint(name)
    is_taken = workspace.store.take(key, folder)
    fitted = workspace.train(name, network, choose=choose, stop=stop)
    workspace.store.keep(key, folder)
    return replace(fitted, resumed_seconds=0.0) if is_taken else fitted


def _key(workspace: Workspace, network: nn.Module, choose: str, stop: int | None) -> str:
    job = workspace.job
    tensors = [(name, value) for name, value in network.state_dict().items() if torch.is_tensor(value)]
    begins = [(name, holdable(name, value).detach().cpu()) for name, value in tensors]
    return identity(
        {name: value for name, value in workspace.spec.items() if name not in APART}
        | {
            "training": asdict(job.training),
            "order": job.seeds.data_seed,
            "split": job.seeds.split_seed,
            "begins": named_digest("tombola training", begins).hex(),
            "choose": choose,
            "stop": stop,
            # The same bits are promised of one program with one number of threads.
            "versions": [__version__, torch.__version__],
            "threads": torch.get_num_threads(),
        }
    )
