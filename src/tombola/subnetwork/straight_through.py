"""The straight-through estimator: choose in the forward pass, pass the gradient to every score."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from tombola.subnetwork.layout import Layout

CACHED = 300_000  # numbers a block
BITS_OF = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}

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
        segments = zip(*(ctx.layout.segments(flat) for flat in (score_gradient, weights, scores)), strict=True)
        for (out, weight, score), gradient in zip(segments, gradients, strict=True):
            if gradient is None:  # a weight that the forward pass never read
                out.zero_()
                continue
            dense = gradient.to_dense() if gradient.is_sparse else gradient  # sparse: an embedding's, if asked
            for part, of_loss, w, s in in_blocks(out, dense.reshape(-1), weight, score):
                part.copy_(of_loss).mul_(w).mul_(s.sign())
        return score_gradient, None, None, None, None


def straight_through(
    scores: Tensor, weights: Tensor, choose: Choose, layout: Layout, dtype: torch.dtype
) -> tuple[Tensor, ...]:
    """Masked weights, one tensor of `dtype` a layer, whose gradient reaches every score."""
    views: tuple[Tensor, ...] = _StraightThrough.apply(scores, weights, choose, layout, dtype)  # type: ignore[no-untyped-call]
    return views


def masked(weights: Tensor, mask: Tensor, dtype: torch.dtype) -> Tensor:
    """`weights * mask` in `dtype`: kept weights bit for bit, removed ones +0.

    The bits of each number are multiplied by 0 or 1 as integers, which takes a quarter of the
    time of a product of floats with bools.
    """
    bits = BITS_OF[dtype.itemsize]
    kept = torch.empty_like(weights, dtype=dtype)
    for part, weight, keep in in_blocks(kept, weights.detach(), mask):
        part.copy_(weight).view(bits).mul_(keep.view(torch.uint8))
    return kept


def in_blocks(*flats: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Flat tensors of one length, cut alike: on a CPU into blocks that stay in its cache."""
    first = flats[0]
    if first.numel() <= CACHED or first.device.type != "cpu" or torch.compiler.is_compiling():
        return iter([flats])
    return zip(*(flat.split(CACHED) for flat in flats), strict=True)
