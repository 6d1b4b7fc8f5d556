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

from tombola.search.job import Job
from tombola.search.parts.before_training import BeforeTraining
from tombola.subnetwork import Subnetwork


@dataclass(frozen=True)
class MagnitudeAtInit(BeforeTraining):
    """Magnitude at initialisation; its settings are those of `Budget`.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.
    """

    name: ClassVar[str] = "magnitude"
    title: ClassVar[str] = "magnitude ticket"

    def scores(self, network: Subnetwork, job: Job) -> Tensor:  # noqa: ARG002 - no data is used
        """|w|."""
        weights = network.weights.detach().abs()
        return weights.to(torch.promote_types(weights.dtype, torch.float32))
