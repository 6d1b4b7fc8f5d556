"""Magnitude at initialisation: keep the largest weights before training; $s_i = |w_i|$.

A baseline of every paper on pruning before training, such as Frankle et al., "Pruning Neural
Networks at Initialization: Why Are We Missing the Mark?", ICLR 2021, arXiv 2009.08576.

Over all layers (`scope="global"`) it empties those with many inputs, whose weights are small: each
layer keeps its own by default.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from tombola.errors import UsageError
from tombola.search.job import Job
from tombola.search.parts.before_training import BeforeTraining
from tombola.subnetwork import Layout, Subnetwork
from tombola.weights import Recipe


@dataclass(frozen=True)
class MagnitudeAtInit(BeforeTraining):
    """Magnitude at initialisation; its settings are those of `Budget`.

    Weights of one constant magnitude, such as `signed-kaiming-constant`, have no order and are refused.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.
    """

    name: ClassVar[str] = "magnitude"
    title: ClassVar[str] = "magnitude ticket"

    def check(self, job: Job, layout: Layout) -> None:
        """Refuse weights of one magnitude where a layer would be cut, and what every budget refuses."""
        super().check(job, layout)
        cut = [name for name, density in self.densities(layout).items() if density < 1]
        if cut and self.scope == "layerwise" and isinstance(job.weights, Recipe) and _is_constant(job.weights):
            raise _no_order(cut[0])

    def choose(self, network: Subnetwork, job: Job) -> tuple[Tensor, Tensor]:
        """Flat mask and flat magnitudes.

        Raises:
            UsageError: where a layer would be cut although all of its weights have the same magnitude.
        """
        chosen, scores = super().choose(network, job)
        parts = zip(network.layout.views(chosen), network.layout.views(scores), strict=True)
        for name, (kept, magnitudes) in zip(network.layout.names, parts, strict=True):
            if kept.any() and not kept.all() and magnitudes.amin() == magnitudes.amax():
                raise _no_order(name)
        return chosen, scores

    def scores(self, network: Subnetwork, job: Job) -> Tensor:  # noqa: ARG002 - no data is used
        """|w|."""
        weights = network.weights.detach().abs()
        return weights.to(torch.promote_types(weights.dtype, torch.float32))


def _is_constant(recipe: Recipe) -> bool:
    drawn = recipe.tensor("any", (2, 32)).abs()
    return bool(drawn.amin() == drawn.amax())


def _no_order(name: str) -> UsageError:
    return UsageError(
        f"all weights of {name} have the same magnitude, so none is the largest: expected weights of another "
        "distribution, such as kaiming-normal, or method random"
    )
