"""Loss and metric of a network over a split."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tombola.data import Examples, Preparation, evaluation_batches
from tombola.training.tasks import Task

EVALUATION_BATCH = 1000
# A thousand images of 224 x 224 pixels would take 10 GB in the first layers of a ResNet-50; these are 222.
EVALUATION_VALUES = 2**25


@dataclass(frozen=True)
class Scores:
    """Means over the examples of a split."""

    loss: float
    metric: float


def evaluate(network: Callable[[Tensor], Any], split: Examples, preparation: Preparation, task: Task) -> Scores:
    """Loss and metric, each averaged over the examples of `split`, in evaluation mode without augmentation."""
    was_training = isinstance(network, nn.Module) and network.training
    if isinstance(network, nn.Module):
        network.eval()
    totals = torch.zeros(2, dtype=torch.float64)
    with torch.no_grad():
        for inputs, targets in evaluation_batches(split, _batch_size(split), preparation):
            totals += task.sums(network(inputs), targets).cpu()
    if was_training:
        network.train()  # type: ignore[attr-defined]
    loss_sum, metric_sum = totals.tolist()
    return Scores(loss_sum / len(split), metric_sum / len(split))


def _batch_size(split: Examples) -> int:
    return max(1, min(EVALUATION_BATCH, EVALUATION_VALUES // max(1, math.prod(split.shape))))
