"""`Recipe`: initial weights as a function of (distribution, seed, name, shape), and nothing else."""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import UsageError, check_density
from tombola.weights.bits import stream

Draw: TypeAlias = Callable[[np.random.Philox, int, float], NDArray[np.float32]]


@dataclass(frozen=True)
class Recipe(ABC):
    """A distribution with a seed. The same bits on every machine, device, thread count and version.

    Every tensor has a random stream of its own, keyed by seed, name and shape, so the order in
    which layers are visited does not matter.

    Args:
        seed: which draw, 0 <= seed < 2^64.
        scaled: multiply the std by √(1/density), so that the masked sums keep their size.
    """

    name: ClassVar[str]
    gain: ClassVar[float]
    draw: ClassVar[Draw]

    seed: int = 0
    scaled: bool = dataclasses.field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.seed, int) or isinstance(self.seed, bool) or not 0 <= self.seed < 2**64:
            raise UsageError(f"seed={self.seed!r}: expected an integer, 0 <= seed < 2**64")
        if not isinstance(self.scaled, bool):
            raise UsageError(f"scaled={self.scaled!r}: expected true or false")

    @abstractmethod
    def connections(self, shape: tuple[int, ...]) -> float:
        """The number of connections that the variance is divided by: a fan of the weight."""

    def std(self, shape: Sequence[int], density: float = 1.0) -> float:
        """√(gain / fan), times √(1/density) where scaled.

        Args:
            shape: of the weight; (out, in, …) as PyTorch has it.
            density: fraction of this weight that is kept, in (0, 1].

        Raises:
            UsageError: where the shape has no dimension, or one below 1; where the density is none.
        """
        kept = check_density(density)
        std = math.sqrt(self.gain / self.connections(_checked(shape)))
        return std * math.sqrt(1.0 / kept) if self.scaled else std

    def tensor(
        self, name: str, shape: Sequence[int], density: float = 1.0, dtype: torch.dtype = torch.float32
    ) -> Tensor:
        """The weight called `name`: contiguous, on the CPU; drawn as float32, then converted.

        Args:
            name: of the parameter; part of the random key.
            shape: of the weight; part of the random key.
            density: fraction of this weight that is kept; matters only where `scaled`.
            dtype: a floating-point type.

        Raises:
            UsageError: as `std`, and where `dtype` is not a floating-point type.
        """
        if not dtype.is_floating_point:
            raise UsageError(f"dtype={dtype}: expected a floating-point type, such as torch.float32")
        std = self.std(shape, density)
        dimensions = _checked(shape)
        values = type(self).draw(stream(self.seed, name, dimensions), math.prod(dimensions), std)
        return torch.from_numpy(values.reshape(dimensions)).to(dtype)

    def to_spec(self) -> dict[str, Any]:
        """The recipe as JSON; `recipe_from_spec` reads it back."""
        return {"distribution": self.name} | dataclasses.asdict(self)


@dataclass(frozen=True)
class Own:
    """Not a recipe: the weights that the model has, whatever made them. Nothing is drawn."""

    name: ClassVar[str] = "own"


Weights: TypeAlias = Recipe | Own


def recipe_of(weights: Weights, use: str, expected: str = "weights of a recipe") -> Recipe:
    """The recipe that weights come from, for who draws from it.

    Args:
        weights: of a network.
        use: what is drawn, for the message.
        expected: what is allowed, for the message.

    Raises:
        UsageError: where the weights are a model's own.
    """
    if isinstance(weights, Recipe):
        return weights
    raise UsageError(f"{use}, and weights=own have no recipe to draw from: expected {expected}")


def _checked(shape: Sequence[int]) -> tuple[int, ...]:
    dimensions = tuple(int(dimension) for dimension in shape)
    if not dimensions or min(dimensions) < 1:
        raise UsageError(f"shape={dimensions}: expected one dimension or more, each at least 1")
    return dimensions
