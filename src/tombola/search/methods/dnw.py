r"""Discovering neural wirings: train all weights, use the largest, so that removed ones can come back.

Forward: $\tilde w_i = w_i$ where $|w_i|$ is among the highest of its layer, else 0, chosen anew at every step.
Backward: $\partial L / \partial w_i = \partial L / \partial \tilde w_i$ for kept and removed weights alike.

The trained network is what the paper reports. The ticket is its final mask with the weights that the
search began from, so that whoever doubts the mask can train it from scratch.

Source: Wortsman, Farhadi & Rastegari, "Discovering Neural Wirings", NeurIPS 2019, arXiv 1906.00586, in
its form for the layers of a given network; settings from the authors' code for MobileNet on CIFAR-10.

Where this differs from the paper: exactly `round(density · n)` weights are kept, ties to the lowest
index; besides the same density in every layer there are a global choice, budgets per layer, and N:M
patterns; the training is 100 epochs by default, not 160.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tombola.masks import Mask
from tombola.search.found import Found
from tombola.search.parts.budget import Budget
from tombola.search.parts.dense import as_module
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, Layout, Selector, prunable_layout
from tombola.subnetwork.straight_through import Choose, by_layer, masked
from tombola.training import Training


@dataclass(frozen=True)
class DNW(Budget):
    """Discovering neural wirings, and its settings, which are those of `Budget`.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> DNW(density=30)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: density=30: expected 0 < density <= 1; did you mean 0.3?
    """

    name: ClassVar[str] = "dnw"
    title: ClassVar[str] = "discovered wiring"
    defaults: ClassVar[Training] = Training()
    weights: ClassVar[str] = "kaiming-normal"
    moves_weights: ClassVar[bool] = False

    def search(self, workspace: Workspace) -> Found:
        """Train weights, biases and normalisation under a mask that follows the weights.

        Raises:
            CollapsedError: where a layer has no live path left.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        densities, choose = self.densities(layout), self.choice(layout)
        whole = FixedMask(layout, Mask(layout.named(torch.ones(layout.total, dtype=torch.bool))))
        network = workspace.subnetwork(whole, densities, model)
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        network.selector = TopMagnitudes(layout, choose, network.weights)
        begun = {name: value.clone() for name, value in network.initial_weights().items()}
        state = {name: value.clone() for name, value in network.unmasked_state().items()}
        first = network.selector.flat_mask()
        fitted = workspace.learn_mask(self.name, network.unfreeze(), facts={"density": f"{self.density:g}"})
        last = network.selector.flat_mask()
        return Found(
            network.mask,
            densities,
            weights=begun,
            state=state,
            fitted=fitted,
            trained=as_module(workspace, network),
            scores=layout.named(network.weights.detach().abs()),
            figures={"kept_from_the_start": int((first.to(last.device) & last).sum())},
        )


class TopMagnitudes(Selector):
    """The weights with the highest |w|, chosen anew at every forward pass; gradients reach every weight.

    Args:
        layout: of the weights.
        choose: the rule that makes a mask of flat magnitudes.
        weights: the parameter whose mask `flat_mask` is; the network's own, and no parameter of the selector.

    >>> from tombola.subnetwork import TopCounts
    >>> weights = nn.Parameter(torch.tensor([0.1, -0.9, 0.5]))
    >>> select = TopMagnitudes(Layout(("w",), ((3,),)), TopCounts((3,), (2,)), weights)
    >>> (kept,) = select(weights, torch.float32)
    >>> kept.sum().backward()
    >>> kept.tolist(), weights.grad.tolist()
    ([0.0, -0.8999999761581421, 0.5], [1.0, 1.0, 1.0])
    """

    def __init__(self, layout: Layout, choose: Choose, weights: nn.Parameter) -> None:
        super().__init__(layout)
        self.choose = choose
        self._weights = (weights,)  # in a tuple: a module would register it a second time

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        mask = self._chosen(weights)
        views: tuple[Tensor, ...] = _AllGradients.apply(weights, mask, self.layout, dtype)  # type: ignore[no-untyped-call]
        return views

    def flat_mask(self) -> Tensor:
        return self._chosen(*self._weights)

    def _chosen(self, weights: Tensor) -> Tensor:
        magnitudes = weights.detach().abs()
        return self.choose(magnitudes if magnitudes.dtype.itemsize >= 4 else magnitudes.float())


class _AllGradients(torch.autograd.Function):
    """Masked weights whose gradient reaches kept and removed weights alike, as if nothing were masked."""

    @staticmethod
    def forward(ctx: Any, weights: Tensor, mask: Tensor, layout: Layout, dtype: torch.dtype) -> tuple[Tensor, ...]:
        ctx.layout, ctx.like = layout, (weights.shape, weights.dtype, weights.device)
        ctx.set_materialize_grads(False)
        return layout.views(masked(weights, mask, dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        shape, dtype, device = ctx.like
        gathered = torch.empty(shape, dtype=dtype, device=device)
        for out, gradient in by_layer(ctx.layout, gradients, gathered):
            out.copy_(gradient)
        return gathered, None, None, None
