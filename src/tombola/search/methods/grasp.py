r"""GraSP: keep the weights whose removal would shrink the gradient most, before training.

To remove weight $i$ is to add $\delta = -w_i e_i$, which changes the squared norm of the gradient
$g$ by $2 \delta^\top H g = -2 w_i (Hg)_i$ to first order. The weights that are kept are those with
the most negative change, so with the highest $s_i = w_i (Hg)_i$. It has a sign: a weight whose
removal makes the gradient grow is the first to go.

Source: Wang, Zhang & Grosse, "Picking Winning Tickets Before Training by Preserving Gradient Flow",
ICLR 2020, arXiv 2002.07376; the outputs are divided by 200 before the loss, as in the authors' code.

Where this differs from the paper: its score is the negative of this one, and the highest are
removed; exactly `round(density · n)` weights are kept, ties to the lowest index; linear layers are
not drawn anew for the scores; dropout is off; outputs are divided where the targets are classes.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from tombola.search.job import Job
from tombola.search.parts.before_training import BeforeTraining
from tombola.search.parts.probe import Probe, check_examples, differentiable_kernels, scored_batches
from tombola.subnetwork import Subnetwork

TEMPERATURE = 200.0


@dataclass(frozen=True)
class Grasp(BeforeTraining):
    """GraSP and its settings; the others are those of `Budget`, with a choice over all layers by default.

    Args:
        examples: training examples that the derivatives are computed on; None for 10 a class.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.
    """

    name: ClassVar[str] = "grasp"
    title: ClassVar[str] = "GraSP ticket"

    scope: Literal["layerwise", "global"] = "global"
    examples: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_examples(self.examples)

    def scores(self, network: Subnetwork, job: Job) -> Tensor:
        """w · Hg, with gradient and Hessian of the mean loss over the examples."""
        probe = Probe.of(network)
        probe.normalise_by_batch()
        batches = scored_batches(job, self.examples, network.weights.device)
        total = sum(len(targets) for _, targets in batches)

        def loss(inputs: Tensor, targets: Tensor) -> Tensor:
            temperature = TEMPERATURE if job.data.classes else 1.0
            return job.task.loss(probe.outputs(inputs) / temperature, targets) * (len(targets) / total)

        with differentiable_kernels():
            gradient = torch.zeros_like(probe.weights)
            for batch in batches:
                gradient += torch.autograd.grad(loss(*batch), probe.weights)[0]
            product = torch.zeros_like(probe.weights)
            for batch in batches:
                product += _hessian_product(loss(*batch), probe.weights, gradient)
        return (probe.weights * product).detach()


def _hessian_product(loss: Tensor, weights: Tensor, vector: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(loss, weights, create_graph=True)
    if not gradient.requires_grad:  # a loss that is linear in the weights
        return torch.zeros_like(weights)
    (product,) = torch.autograd.grad((gradient * vector).sum(), weights, allow_unused=True, materialize_grads=True)
    return product
