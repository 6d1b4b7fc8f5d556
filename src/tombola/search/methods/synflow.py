r"""SynFlow: keep the weights that most of the flow from inputs to outputs passes through. No data is used.

$R = \mathbb{1}^\top \prod_l |W^{(l)}| \, \mathbb{1}$: the sum of the outputs for inputs of ones, with
every parameter in absolute value; $s_i = |w_i \, \partial R / \partial w_i|$. In round r of n the
density falls to $d^{r/n}$, and scores are computed anew, so that no layer loses its last path while
others have more than one.

Source: Tanaka, Kunin, Yamins & Ganguli, "Pruning neural networks without any data by iteratively
conserving synaptic flow", NeurIPS 2020, arXiv 2006.05467; 100 rounds, evaluation mode, absolute
biases and batch norms as in the authors' code.

Where this differs from the paper: all in float64; exactly `round(density · n)` weights are kept,
ties to the lowest index; normalisation that depends on the data (layer norm, group norm) lets the
signal through, since it would give the same for any flow; an embedding is the linear layer it is, fed
with every word at once. Queries and keys of attention get no flow, as equal inputs attend equally.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import kept_count
from tombola.search.job import Job
from tombola.search.parts.before_training import BeforeTraining, check_finite
from tombola.search.parts.probe import Probe, differentiable_kernels
from tombola.subnetwork import Layout, Subnetwork
from tombola.subnetwork.prunable import NORMALISATION
from tombola.subnetwork.straight_through import Choose

MOST_ROUNDS = 100_000
EMBEDDINGS = (nn.Embedding, nn.EmbeddingBag)


@dataclass(frozen=True)
class SynFlow(BeforeTraining):
    """SynFlow and its settings; the others are those of `Budget`, with a choice over all layers by default.

    Args:
        rounds: in which the density falls, exponentially.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> SynFlow(rounds=0)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: rounds=0: expected a whole number from 1 to 100000
    """

    name: ClassVar[str] = "synflow"
    title: ClassVar[str] = "SynFlow ticket"

    scope: Literal["layerwise", "global"] = "global"
    rounds: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.rounds, int) or isinstance(self.rounds, bool) or not 1 <= self.rounds <= MOST_ROUNDS:
            raise UsageError(f"rounds={self.rounds!r}: expected a whole number from 1 to {MOST_ROUNDS}")

    def scores(self, network: Subnetwork, job: Job) -> Tensor:
        """|w · ∂R/∂w| of the whole network, float64.

        Raises:
            UsageError: where inputs are neither numbers nor embedded.
        """
        flow = Flow.of(network, job)
        return flow.scores(torch.ones_like(flow.probe.weights, dtype=torch.bool))

    def choose(self, network: Subnetwork, job: Job) -> tuple[Tensor, Tensor]:
        """Flat mask after all rounds, and the scores of the last; those removed before it have 0."""
        flow = Flow.of(network, job)
        mask = torch.ones_like(flow.probe.weights, dtype=torch.bool)
        for round_ in range(1, self.rounds + 1):
            scores = flow.scores(mask)
            check_finite(self.name, scores)
            # What is removed stays removed, also where what is kept has no flow either.
            mask = self._choice_of(round_, network.layout)(torch.where(mask, scores, -1.0))
        return mask, scores

    def _choice_of(self, round_: int, layout: Layout) -> Choose:
        """The choice with all densities raised to the power of the part of the rounds that is done."""
        if round_ == self.rounds:
            return self.choice(layout)
        done = round_ / self.rounds
        if self.n_of_m:
            group = int(self.n_of_m.partition(":")[2])
            keep = kept_count(self.density**done, group)
            return replace(self, n_of_m=f"{keep}:{group}", density=keep / group).choice(layout)
        by_layer = {pattern: density**done for pattern, density in self.layer_density.items()}
        return replace(self, density=self.density**done, layer_density=by_layer).choice(layout)


@dataclass(frozen=True, eq=False)
class Flow:
    """The flow through a network: a probe whose parameters are all in absolute value, and inputs of ones."""

    probe: Probe
    inputs: Tensor

    @classmethod
    def of(cls, network: Subnetwork, job: Job) -> "Flow":
        """The flow through a network, in float64; the network is left as it is."""
        probe = Probe.of(network, torch.float64)
        for tensor in (*probe.skeleton.parameters(), *_running_statistics(probe.skeleton), probe.weights):
            tensor.data.abs_()
        _let_through(probe.skeleton)
        inputs = job.data.preparation(job.data.train.first(1)).to(probe.weights.device)
        if inputs.is_floating_point():
            return cls(probe, torch.ones_like(inputs))
        if not any(isinstance(module, EMBEDDINGS) for module in probe.skeleton.modules()):
            name = job.model.name.rpartition(":")[2]
            raise UsageError(
                f"synflow sends ones through the network, and {name} takes {inputs.dtype} without an embedding: use "
                "snip or grasp"
            )
        return cls(probe, inputs)

    def scores(self, mask: Tensor) -> Tensor:
        """|w · ∂R/∂w| where the flat mask keeps a weight, else 0."""
        masked = (self.probe.weights * mask).detach().requires_grad_()
        with differentiable_kernels():
            flow = self.probe.outputs(self.inputs, masked).sum()
            (gradient,) = torch.autograd.grad(flow, masked)
        return (gradient * masked).detach().abs()


def _running_statistics(skeleton: nn.Module) -> list[Tensor]:
    norms = [module for module in skeleton.modules() if isinstance(module, nn.modules.batchnorm._NormBase)]
    return [norm.running_mean for norm in norms if norm.running_mean is not None]


def _let_through(skeleton: nn.Module) -> None:
    """Make the layers linear that are so with fixed statistics, or for one-hot inputs."""
    for module in skeleton.modules():
        if isinstance(module, EMBEDDINGS):
            module.register_forward_hook(_every_word)
        elif isinstance(module, NORMALISATION) and getattr(module, "running_mean", None) is None:
            module.register_forward_hook(_unchanged)


def _every_word(module: nn.Module, _inputs: Any, outputs: Tensor) -> Tensor:
    weight: Tensor = module.weight  # type: ignore[assignment] # both kinds of embedding have one
    return weight.sum(0).expand_as(outputs)


def _unchanged(_module: nn.Module, inputs: tuple[Tensor, ...], _outputs: Tensor) -> Tensor:
    return inputs[0]
