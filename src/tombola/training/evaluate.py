"""Loss and metric of a network over a split."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tombola.data import Preparation, Split, evaluation_batches
from tombola.training.tasks import Task

EVALUATION_BATCH = 1000


@dataclass(frozen=True)
class Scores:
    """Means over the examples of a split."""

    loss: float
    metric: float


def evaluate(network: Callable[[Tensor], Any], split: Split, preparation: Preparation, task: Task) -> Scores:
    """Loss and metric, each averaged over the examples of `split`, in evaluation mode without augmentation."""
    was_training = isinstance(network, nn.Module) and network.training
    if isinstance(network, nn.Module):
        network.eval()
    totals = torch.zeros(2, dtype=torch.float64)
    with torch.no_grad():
        for inputs, targets in evaluation_batches(split, EVALUATION_BATCH, preparation):
            totals += task.sums(network(inputs), targets).cpu()
    if was_training:
        network.train()  # type: ignore[attr-defined]
    loss_sum, metric_sum = totals.tolist()
    return Scores(loss_sum / len(split), metric_sum / len(split))
