"""Running statistics of normalisation for a network that was never trained: they are part of what it is."""

import torch
from torch import nn

from tombola.data import DataSet, batches
from tombola.training.seeds import derive

STATISTICS_BATCHES = 50


def estimate_norm_statistics(
    network: nn.Module, data: DataSet, batch_size: int, seed: int, device: torch.device
) -> None:
    """Set the running statistics of batch normalisation to means over training batches, in place.

    Fresh statistics, or those of another network, would make a network look worse than it is. A
    network without batch normalisation is left as it is.

    Args:
        network: moved to `device`.
        data: whose training examples are used, at most 50 batches.
        batch_size: examples a batch.
        seed: of order, augmentation and dropout.
        device: to compute on.
    """
    norms = [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    if not norms:
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over the batches, however few there are
    network.to(device).train()
    # Dropout before a batch norm draws numbers too: always the same ones, and none of the user's.
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(derive(seed, "statistics"))
        stream = batches(data.train.to(device), batch_size, data.preparation, seed=seed, epoch=0)
        for (inputs, _), _count in zip(stream, range(STATISTICS_BATCHES), strict=False):
            network(inputs)
