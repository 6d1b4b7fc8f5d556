r"""SNIP: keep the weights whose removal would change the loss most, to first order, before training.

$s_i = |\partial L / \partial c_i| = |g_i w_i|$, where $c_i$ multiplies weight $i$ and is 1.

Source: Lee, Ajanthan & Torr, "SNIP: Single-shot Network Pruning based on Connection Sensitivity",
ICLR 2019, arXiv 1810.02340.

Where this differs from the paper: the examples are 10 of each class rather than one mini-batch;
exactly `round(density · n)` weights are kept, ties to the lowest index; dropout is off.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from tombola.search.job import Job
from tombola.search.parts.before_training import BeforeTraining
from tombola.search.parts.probe import Probe, check_examples, differentiable_kernels, scored_batches
from tombola.subnetwork import Subnetwork


@dataclass(frozen=True)
class Snip(BeforeTraining):
    """SNIP and its settings; the others are those of `Budget`, with a choice over all layers by default.

    Args:
        examples: training examples that the gradient is computed on; None for 10 a class.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> Snip(examples=0)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: examples=0: expected a whole number, 1 or more, or None for 10 a class
    """

    name: ClassVar[str] = "snip"
    title: ClassVar[str] = "SNIP ticket"

    scope: Literal["layerwise", "global"] = "global"
    examples: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_examples(self.examples)

    def scores(self, network: Subnetwork, job: Job) -> Tensor:
        """|g·w|, with the gradient of the mean loss over the examples."""
        probe = Probe.of(network)
        probe.normalise_by_batch()
        batches = scored_batches(job, self.examples, network.weights.device)
        total = sum(len(targets) for _, targets in batches)
        gradient = torch.zeros_like(probe.weights)
        with differentiable_kernels():
            for inputs, targets in batches:
                loss = job.task.loss(probe.outputs(inputs), targets) * (len(targets) / total)
                gradient += torch.autograd.grad(loss, probe.weights)[0]
        return (gradient * probe.weights).detach().abs()
