"""The published edge-popup algorithm, as a baseline: every layer's scores are sorted at every step.

Our own writing of Algorithm 1 of Ramanujan et al. 2020 (arXiv 1911.13299, appendix B): one score
parameter a layer, a full sort, and a mask written through the sorted indices.
"""

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tombola.weights import Recipe, TorchDefault


class _SortedMask(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, scores: Tensor, density: float) -> Tensor:  # noqa: ARG004
        mask = scores.clone()
        _, order = scores.flatten().sort()
        removed = int((1 - density) * scores.numel())
        flat = mask.flatten()
        flat[order[:removed]] = 0
        flat[order[removed:]] = 1
        return flat.view(scores.shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ARG004
        return gradients[0], None


class _SortedLayer(nn.Module):
    """A linear or convolution layer with frozen weights and a score for each."""

    def __init__(self, layer: nn.Linear | nn.Conv2d, weight: Tensor, density: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight, requires_grad=False)
        self.scores = nn.Parameter(TorchDefault(seed=1).tensor("scores", weight.shape))
        self.density = density
        self.padding = layer.padding if isinstance(layer, nn.Conv2d) else None

    def forward(self, inputs: Tensor) -> Tensor:
        weight = self.weight * _SortedMask.apply(self.scores.abs(), self.density)  # type: ignore[no-untyped-call]
        return F.linear(inputs, weight) if self.padding is None else F.conv2d(inputs, weight, padding=self.padding)


def published_network(model: nn.Module, weights: Recipe, density: float) -> nn.Module:
    """A copy of `model` whose linear and convolution layers do the published algorithm."""
    network = copy.deepcopy(model)
    for path, layer in list(network.named_modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            weight = weights.tensor(f"{path}.weight", tuple(layer.weight.shape))
            parent, _, leaf = path.rpartition(".")
            setattr(network.get_submodule(parent), leaf, _SortedLayer(layer, weight, density))
    return network
