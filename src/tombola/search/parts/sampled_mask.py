"""`SampledMask`: a mask whose every weight is kept with a learned probability."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import torch
from torch import Tensor, nn

from tombola.search.parts.draws import uniform_draws
from tombola.search.parts.factors import times
from tombola.subnetwork import Layout, Selector
from tombola.subnetwork.straight_through import by_layer, masked
from tombola.training import derive


class SampledMask(Selector):
    """Keeps each weight with a learned probability: a fresh sample in training, the most likely mask in evaluation.

    Args:
        layout: of the weights.
        seed: of the samples, each of which depends on it and on the number of those before it alone.
        rescale: whether each layer is multiplied by its number of weights over that of its ones.

    >>> select = SampledMask(Layout(("w",), ((4,),)), seed=0, rescale=True).eval()
    >>> with torch.no_grad():
    ...     select.logits[:2] = -1.0
    >>> select(torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.float32)[0].tolist()
    [0.0, 0.0, 6.0, 8.0]
    """

    steps: Tensor

    def __init__(self, layout: Layout, seed: int, rescale: bool) -> None:
        super().__init__(layout)
        self.seed, self.rescale = seed, rescale
        self.logits = nn.Parameter(torch.zeros(layout.total))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self._shown: Tensor | None = None

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        chances = torch.sigmoid(self.logits)
        mask = self._sample(chances.detach()) if self.training else self.flat_mask()
        views: tuple[Tensor, ...] = _Sampled.apply(chances, weights, mask, self.rescale, self.layout, dtype)  # type: ignore[no-untyped-call]
        return views

    def flat_mask(self) -> Tensor:
        # σ(m) >= 1/2, but of numbers that are not rounded.
        return self.logits.detach() >= 0 if self._shown is None else self._shown

    def draw(self, seed: int) -> Tensor:
        """A flat mask drawn on the CPU: the same probabilities give the same one on every machine."""
        return uniform_draws(self.layout, seed) < torch.sigmoid(self.logits.detach().cpu())

    @contextmanager
    def showing(self, mask: Tensor) -> Iterator[None]:
        """Within it, this mask takes the place of the most likely one."""
        self._shown = mask.to(self.logits.device)
        try:
            yield
        finally:
            self._shown = None

    def rescaled(self, weights: Tensor) -> Tensor:
        """Flat weights times the factors of the present mask; the same weights where none is asked."""
        if not self.rescale:
            return weights
        return times(weights.clone(), _factors(self.layout, self.flat_mask(), weights.dtype), self.layout)

    def _sample(self, chances: Tensor) -> Tensor:
        generator = torch.Generator(chances.device).manual_seed(derive(self.seed, int(self.steps)))
        self.steps += 1
        return torch.rand(chances.shape, generator=generator, device=chances.device) < chances

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.steps = self.steps.cpu()  # it is read at every step, which must not wait for the device
        return self


class _Sampled(torch.autograd.Function):
    r"""Weights under a sample $b$ of the chances $p = \sigma(m)$, with $b$ taken for $p$ in the backward pass.

    Forward: $\tilde w = w \odot b$. Backward: $\partial L / \partial p = \partial L / \partial \tilde w \cdot w$.
    With `rescale`, and $f = n / S$, $S = \sum b$, of a layer's $n$ weights: forward $\tilde w = f \, w \odot b$;
    backward, with $g = \partial L / \partial \tilde w$:
    $\partial L / \partial p_j = f \, (g_j w_j - \frac{1}{S} \sum_i g_i w_i b_i)$.

    Source: Zhou et al. 2019, arXiv 1905.01067; the factor is differentiated as in the authors' code.
    """

    @staticmethod
    def forward(
        ctx: Any, chances: Tensor, weights: Tensor, mask: Tensor, rescale: bool, layout: Layout, dtype: torch.dtype
    ) -> tuple[Tensor, ...]:
        ctx.layout, ctx.rescale = layout, rescale
        ctx.save_for_backward(chances, weights, mask)
        ctx.set_materialize_grads(False)
        if not rescale:
            return layout.views(masked(weights, mask, dtype))
        factors = _factors(layout, mask, weights.dtype)
        return layout.views(times(masked(weights, mask, weights.dtype), factors, layout).to(dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        chances, weights, mask = ctx.saved_tensors
        gradient = torch.empty_like(chances)
        for out, part, weight in by_layer(ctx.layout, gradients, gradient, weights):
            out.copy_(part).mul_(weight)
        if ctx.rescale:
            parts = map(ctx.layout.segments, (gradient, mask))
            for out, bits, factor in zip(*parts, _factors(ctx.layout, mask, gradient.dtype), strict=True):
                out.sub_((out * bits).sum() * (factor / len(bits))).mul_(factor)
        return gradient, None, None, None, None, None


def _factors(layout: Layout, mask: Tensor, dtype: torch.dtype) -> list[Tensor]:
    """One number a layer: its weights over its ones; where nothing is kept there is nothing to multiply."""
    return [len(bits) / bits.sum().clamp(min=1).to(dtype) for bits in layout.segments(mask)]
