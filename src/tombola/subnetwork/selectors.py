"""Which weights a subnetwork lets through: a fixed mask, or the highest of learned scores."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork.layout import Layout
from tombola.subnetwork.straight_through import Choose, kept_weights, straight_through


class Selector(nn.Module, ABC):
    """Turns the flat weights into the masked tensors a forward pass uses.

    Whoever asks for weights gets masked weights: there is no call to remember first.
    """

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.layout = layout

    @abstractmethod
    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        """One masked tensor of `dtype` a layer, in the layout's order."""

    @abstractmethod
    def flat_mask(self) -> Tensor:
        """The mask as one flat bool tensor, on the selector's device."""


class FixedMask(Selector):
    """A mask that does not change. Gradients reach the weights that are kept.

    >>> layout = Layout(("w",), ((2,),))
    >>> select = FixedMask(layout, Mask({"w": torch.tensor([True, False])}))
    >>> select(torch.tensor([2.0, 3.0]), torch.float32)
    (tensor([2., 0.]),)
    """

    bits: Tensor

    def __init__(self, layout: Layout, mask: Mask) -> None:
        super().__init__(layout)
        if mask.shapes != layout.by_name:
            differing = sorted({name for name, _ in set(mask.shapes.items()) ^ set(layout.by_name.items())})
            raise UsageError(f"the mask does not fit the model: names or shapes differ in {', '.join(differing)}")
        self.register_buffer("bits", layout.flatten(mask))

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        return kept_weights(weights, self.bits, self.layout, dtype)

    def flat_mask(self) -> Tensor:
        return self.bits


class TopScores(Selector):
    """The weights with the highest |score|, chosen anew at every forward pass, straight-through gradients.

    Args:
        layout: of the weights.
        choose: the rule that makes a mask of flat magnitudes.
        scores: flat initial scores, one a weight; learned.

    >>> layout = Layout(("w",), ((3,),))
    >>> from tombola.subnetwork import TopCounts
    >>> select = TopScores(layout, TopCounts((3,), (2,)), torch.tensor([0.1, -0.9, 0.5]))
    >>> select(torch.tensor([1.0, 2.0, 3.0]), torch.float32)
    (tensor([0., 2., 3.], grad_fn=<_StraightThroughBackward>),)
    """

    def __init__(self, layout: Layout, choose: Choose, scores: Tensor) -> None:
        super().__init__(layout)
        self.choose = choose
        self.scores = nn.Parameter(scores.detach().clone())

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        return straight_through(self.scores, weights, self.choose, self.layout, dtype)

    def flat_mask(self) -> Tensor:
        return self.choose(self.scores.detach().abs())
