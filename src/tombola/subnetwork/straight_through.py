"""From one flat tensor to masked weights and back: which gradient reaches what."""

from collections.abc import Callable, Iterator, Sequence
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
        for out, gradient, weight, score in by_layer(ctx.layout, gradients, score_gradient, weights, scores):
            out.copy_(gradient).mul_(weight).mul_(score.sign())
        return score_gradient, None, None, None, None


class _KeptWeights(torch.autograd.Function):
    r"""Masked weights whose gradient reaches the kept weights alone.

    Forward: $\tilde w = w \cdot m$. Backward: $\partial L / \partial w = \partial L / \partial \tilde w \cdot m$,
    which is exactly zero, and never NaN or minus zero, where a weight was removed.
    """

    @staticmethod
    def forward(ctx: Any, weights: Tensor, mask: Tensor, layout: Layout, dtype: torch.dtype) -> tuple[Tensor, ...]:
        ctx.save_for_backward(mask)
        ctx.layout, ctx.dtype = layout, weights.dtype
        ctx.set_materialize_grads(False)
        return layout.views(masked(weights, mask, dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        (mask,) = ctx.saved_tensors
        weight_gradient = torch.empty(mask.shape, dtype=ctx.dtype, device=mask.device)
        bits = BITS_OF[ctx.dtype.itemsize]
        for out, gradient, keep in by_layer(ctx.layout, gradients, weight_gradient, mask):
            out.copy_(gradient).view(bits).mul_(keep.view(torch.uint8))
        return weight_gradient, None, None, None


class _Spread(torch.autograd.Function):
    """One tensor a layer out of a flat one; the gradient is gathered into a flat tensor again."""

    @staticmethod
    def forward(ctx: Any, flat: Tensor, layout: Layout, dtype: torch.dtype) -> tuple[Tensor, ...]:
        ctx.layout, ctx.shape, ctx.dtype, ctx.device = layout, flat.shape, flat.dtype, flat.device
        ctx.set_materialize_grads(False)
        return layout.views(flat.detach().to(dtype, copy=True))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        gathered = torch.empty(ctx.shape, dtype=ctx.dtype, device=ctx.device)
        for out, gradient in by_layer(ctx.layout, gradients, gathered):
            out.copy_(gradient)
        return gathered, None, None


def by_layer(layout: Layout, gradients: Sequence[Tensor | None], *flats: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """What a backward pass walks through: the first flat tensor, the gradient, and the others, cut alike.

    Small networks are walked through at once, large ones in blocks. Where the forward pass never
    read a weight there is no gradient: the first flat tensor is zero there at the end.
    """
    out, *others = flats
    dense = [None if part is None else _dense(part).reshape(-1) for part in gradients]
    if layout.total <= CACHED and all(part is not None for part in dense):
        yield out, torch.cat(dense), *others  # type: ignore[arg-type] # none is None
        return
    for (out, *others), gradient in zip(zip(*map(layout.segments, flats), strict=True), dense, strict=True):
        if gradient is None:
            out.zero_()
        else:
            yield from in_blocks(out, gradient, *others)


def _dense(gradient: Tensor) -> Tensor:
    return gradient.to_dense() if gradient.is_sparse else gradient  # sparse: an embedding's, if asked


def spread(flat: Tensor, layout: Layout, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """A flat tensor as one tensor of `dtype` a layer, with a gradient that is gathered in one pass.

    >>> flat = torch.ones(3, requires_grad=True)
    >>> a, b = spread(flat, Layout(("a", "b"), ((2,), (1,))), torch.float32)
    >>> (a.sum() + 5 * b.sum()).backward()
    >>> flat.grad
    tensor([1., 1., 5.])
    """
    views: tuple[Tensor, ...] = _Spread.apply(flat, layout, dtype)  # type: ignore[no-untyped-call]
    return views


def kept_weights(weights: Tensor, mask: Tensor, layout: Layout, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """Masked weights, one tensor of `dtype` a layer, whose gradient is exactly zero where a weight was removed."""
    views: tuple[Tensor, ...] = _KeptWeights.apply(weights, mask, layout, dtype)  # type: ignore[no-untyped-call]
    return views


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
