"""The straight-through estimator: choose in the forward pass, pass the gradient to every score."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from tombola.subnetwork.layout import Layout

Choose = Callable[[Tensor], Tensor]


class _StraightThrough(torch.autograd.Function):
    r"""Masked weights whose gradient reaches the scores of kept and removed weights alike.

    Forward, for scores $s$, weights $w$ and $h(|s|)_i = 1$ iff $i$ is chosen:
    $\tilde w = w \cdot h(|s|)$.
    Backward, taking $h$ for the identity:
    $\partial L / \partial s = \partial L / \partial \tilde w \cdot w \cdot \operatorname{sign}(s)$.

    Source: Ramanujan et al. 2020, arXiv 1911.13299, equations 4 to 6; |s| as in the authors' code.
    """

    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, weights: Tensor, choose: Choose, layout: Layout, dtype: torch.dtype
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(scores, weights)
        ctx.layout = layout
        ctx.set_materialize_grads(False)
        return layout.views(masked(weights, choose(scores.abs()), dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        scores, weights = ctx.saved_tensors
        score_gradient = torch.empty_like(scores)
        slices = zip(*(ctx.layout.segments(flat) for flat in (score_gradient, weights)), gradients, strict=True)
        for out, weight, gradient in slices:
            if gradient is None:  # a weight that the forward pass never read
                out.zero_()
            else:
                torch.mul(gradient.reshape(-1), weight, out=out)
        return score_gradient.mul_(scores.sign()), None, None, None, None


def straight_through(
    scores: Tensor, weights: Tensor, choose: Choose, layout: Layout, dtype: torch.dtype
) -> tuple[Tensor, ...]:
    """Masked weights, one tensor of `dtype` a layer, whose gradient reaches every score."""
    views: tuple[Tensor, ...] = _StraightThrough.apply(scores, weights, choose, layout, dtype)  # type: ignore[no-untyped-call]
    return views


def masked(weights: Tensor, mask: Tensor, dtype: torch.dtype) -> Tensor:
    """`weights * mask` in `dtype`, in one pass."""
    return torch.mul(weights, mask, out=torch.empty_like(weights, dtype=dtype))
