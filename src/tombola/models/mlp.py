"""Multilayer perceptrons on images."""

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from tombola.models.widths import scaled


class Mlp(nn.Sequential):
    """Flatten, then linear layers `fc1`, `fc2`, … with ReLU between them.

    Args:
        input_shape: of one example, without the batch.
        hidden: units of each hidden layer, at width 1.
        classes: outputs.
        width: factor on every hidden layer.
        bias: whether the layers have biases.

    >>> sum(p.numel() for n, p in Mlp((1, 28, 28), (300, 100)).named_parameters() if "weight" in n)
    266200
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        hidden: Sequence[int],
        classes: int = 10,
        width: float = 1.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        sizes = [math.prod(input_shape), *(scaled(units, width) for units in hidden), classes]
        self.add_module("flatten", nn.Flatten())
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            if index > 1:
                self.add_module(f"relu{index - 1}", nn.ReLU())
            self.add_module(f"fc{index}", nn.Linear(fan_in, fan_out, bias=bias))


def mlp(
    hidden: Sequence[int] = (300, 100),
    input_shape: Sequence[int] = (1, 28, 28),
    classes: int = 10,
    width: float = 1.0,
    bias: bool = True,
) -> Mlp:
    """A perceptron with hidden layers of one's own.

    >>> sum(p.numel() for p in mlp(hidden=(100, 15)).parameters())
    80175
    """
    return Mlp(tuple(input_shape), tuple(hidden), classes, width, bias)


def lenet_300_100(classes: int = 10, width: float = 1.0, bias: bool = True) -> Mlp:
    """LeNet-300-100 on 28×28 images: 266,200 weights. Source: LeCun et al. 1998."""
    return Mlp((1, 28, 28), (300, 100), classes, width, bias)


def mlp_200_30(classes: int = 10, width: float = 1.0, bias: bool = True) -> Mlp:
    """784-200-30-10: 163,100 weights. Source: the independent study of supermask-chosen thresholds."""
    return Mlp((1, 28, 28), (200, 30), classes, width, bias)


def digits_mlp(classes: int = 10, width: float = 1.0, bias: bool = True) -> Mlp:
    """A small perceptron for the embedded 8×8 digits: 64-256-128-10."""
    return Mlp((1, 8, 8), (256, 128), classes, width, bias)
