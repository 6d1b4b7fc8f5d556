"""Where each prunable weight lies in one flat tensor."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from tombola.subnetwork.units import Units


@dataclass(frozen=True)
class Layout:
    """Names and shapes of the prunable weights, in the order in which the flat tensor holds them.

    Args:
        names: of the weights.
        shapes: of the weights.
        units: how the weights of each belong to output units; one row a unit where it is not said.
            No part of what makes two layouts equal.

    >>> layout = Layout(("a", "b"), ((2, 2), (3,)))
    >>> layout.total, layout.sizes
    (7, (4, 3))
    >>> [tuple(view.shape) for view in layout.views(torch.arange(7.0))]
    [(2, 2), (3,)]
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    units: tuple[Units, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not self.units:
            object.__setattr__(self, "units", tuple(map(Units, self.shapes)))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of weights of each layer."""
        return tuple(math.prod(shape) for shape in self.shapes)

    @cached_property
    def total(self) -> int:
        """Number of weights of all layers: the length of the flat tensor."""
        return sum(self.sizes)

    @cached_property
    def sized(self) -> dict[str, int]:
        """Name -> number of weights."""
        return dict(zip(self.names, self.sizes, strict=True))

    @cached_property
    def by_name(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape."""
        return dict(zip(self.names, self.shapes, strict=True))

    @cached_property
    def by_unit(self) -> "Layout":
        """The layout of flat tensors with one value an output unit instead of one a weight."""
        return Layout(self.names, tuple((units.count,) for units in self.units))

    def of_units(self, flat: Tensor) -> Tensor:
        """One value an output unit, as `by_unit` has them -> flat, each weight with its unit's value."""
        parts = zip(self.units, self.by_unit.segments(flat), strict=True)
        return torch.cat([units.expand(values).reshape(-1) for units, values in parts])

    def segments(self, flat: Tensor) -> tuple[Tensor, ...]:
        """The flat tensor cut into one 1-D view a layer."""
        return torch.split(flat, list(self.sizes))

    def views(self, flat: Tensor) -> tuple[Tensor, ...]:
        """The flat tensor cut into one view of the layer's shape a layer."""
        parts = zip(self.segments(flat), self.shapes, strict=True)
        return tuple(segment.view(shape) for segment, shape in parts)

    def named(self, flat: Tensor) -> dict[str, Tensor]:
        """Name -> view of the flat tensor."""
        return dict(zip(self.names, self.views(flat), strict=True))

    def flatten(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """The inverse of `named`, as a copy."""
        return torch.cat([tensors[name].detach().reshape(-1) for name in self.names])

    def fill(self, make: Callable[[str, tuple[int, ...]], Tensor], like: Tensor | None = None) -> Tensor:
        """A flat tensor of what `make(name, shape)` gives, made one layer at a time to save memory.

        Args:
            make: called once a layer.
            like: a tensor whose type and device the flat one takes; float32 on the CPU without it.
        """
        flat = (
            torch.empty(self.total) if like is None else torch.empty(self.total, dtype=like.dtype, device=like.device)
        )
        for name, view in self.named(flat).items():
            view.copy_(make(name, self.by_name[name]))
        return flat
