r"""Biprop: learn which weights to keep, and use of each layer's kept weights their signs and one common size.

Forward: $\tilde w = \alpha \operatorname{sign}(w) \odot m$, with $m = 1$ for the highest $|s|$ of the layer and
$\alpha = \lVert m \odot w \rVert_1 / \lVert m \rVert_1$, the mean size of the kept weights, at every step anew.
Backward: $\partial L / \partial s = \partial L / \partial \tilde w \cdot w \cdot \operatorname{sign}(s)$, as in
edge-popup: each score has the gradient of its weight at its own size. $\alpha$ is not differentiated.

A weight of exactly 0 has the sign 0, so it is 0 in the ticket too, kept or not. Where all weights of a
layer have one size, as those of the signed constants, biprop is edge-popup.

Source: Diffenderfer & Kailkhura, "Multi-Prize Lottery Ticket Hypothesis: Finding Accurate Binary Neural
Networks by Pruning A Randomly Weighted Network", ICLR 2021, arXiv 2103.09377, the binary-weight form
("MPT-1/32"); settings, and the gradient above, from the authors' code.

Where this differs from the paper: exactly `round(density · n)` weights are kept, ties to the lowest
index, and α is divided by that very number; activations stay real numbers, and normalisation is not
trained; the authors' Kaiming normal weights for CIFAR-10 are scaled by √(1/density), here if asked.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from tombola.search.found import Found
from tombola.search.methods.edge_popup import EdgePopup, initial_scores
from tombola.search.parts.factors import times
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, TopScores, prunable_layout
from tombola.subnetwork.straight_through import Choose, by_layer, masked


@dataclass(frozen=True)
class Biprop(EdgePopup):
    """Biprop and its settings, which are those of `Budget`.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> Biprop(density=30)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: density=30: expected 0 < density <= 1; did you mean 0.3?
    """

    name: ClassVar[str] = "biprop"
    title: ClassVar[str] = "multi-prize ticket"
    weights: ClassVar[str] = "kaiming-normal"
    moves_weights: ClassVar[bool] = True

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores; the ticket's weights are the signs of those drawn, at the size that each layer has.

        Raises:
            CollapsedError: where a layer has no live path left.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        densities = self.densities(layout)
        selector = TopSigns(layout, self.choice(layout), initial_scores(layout, job.seeds.mask_seed))
        network = workspace.subnetwork(selector, densities, model)
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        fitted = workspace.learn_mask(self.name, network, facts={"density": f"{self.density:g}"})
        flat = network.weights.detach()
        sizes = gains(flat, selector.flat_mask(), layout)
        return Found(
            network.mask,
            densities,
            weights=layout.named(times(flat.sign(), sizes, layout)),
            state=network.unmasked_state(),
            fitted=fitted,
            scores=layout.named(selector.scores.detach().abs()),
            figures={"gains": {name: float(size) for name, size in zip(layout.names, sizes, strict=True)}},
        )


class TopSigns(TopScores):
    """Signs of the weights with the highest |score|, at the mean size of these; straight-through gradients.

    >>> from tombola.subnetwork import TopCounts
    >>> select = TopSigns(Layout(("w",), ((3,),)), TopCounts((3,), (2,)), torch.tensor([0.1, -0.9, 0.5]))
    >>> select(torch.tensor([1.0, 2.0, -4.0]), torch.float32)[0].tolist()
    [0.0, 3.0, -3.0]
    """

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        views: tuple[Tensor, ...] = _Binary.apply(self.scores, weights, self.choose, self.layout, dtype)  # type: ignore[no-untyped-call]
        return views


def gains(weights: Tensor, mask: Tensor, layout: Layout) -> list[Tensor]:
    r"""$\alpha = \lVert m \odot w \rVert_1 / \lVert m \rVert_1$ of each layer; 0 where nothing is kept."""
    return _gains(masked(weights, mask, weights.dtype), mask, layout)


def _gains(kept: Tensor, mask: Tensor, layout: Layout) -> list[Tensor]:
    parts = zip(layout.segments(kept), layout.segments(mask), strict=True)
    return [torch.linalg.vector_norm(part, 1) / bits.count_nonzero().clamp(min=1) for part, bits in parts]


class _Binary(torch.autograd.Function):
    """Forward and backward of the module's docstring."""

    @staticmethod
    def forward(
        ctx: Any, scores: Tensor, weights: Tensor, choose: Choose, layout: Layout, dtype: torch.dtype
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(scores, weights)
        ctx.layout = layout
        ctx.set_materialize_grads(False)
        mask = choose(scores.abs())
        kept = masked(weights, mask, weights.dtype)
        sizes = _gains(kept, mask, layout)
        return layout.views(times(kept.sign_(), sizes, layout).to(dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        scores, weights = ctx.saved_tensors
        score_gradient = torch.empty_like(scores)
        for out, gradient, weight, score in by_layer(ctx.layout, gradients, score_gradient, weights, scores):
            out.copy_(gradient).mul_(weight).mul_(score.sign())
        return score_gradient, None, None, None, None
