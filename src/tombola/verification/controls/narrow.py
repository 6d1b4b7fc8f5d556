"""The control that spends the ticket's weights on a narrower network, none of which is removed."""

import bisect
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from tombola import models
from tombola.masks import Mask
from tombola.subnetwork import Layout, Subnetwork, prunable_layout
from tombola.ticket import Architecture, Ticket
from tombola.verification.controls.control import origin
from tombola.verification.controls.weights import fresh_recipe
from tombola.verification.not_applicable import NotApplicable
from tombola.weights import Recipe

NARROW = "dense-equal-parameters"
# Widths have one decimal or more; with five, they are less than one unit of any layer apart.
GRIDS = (10, 100, 1_000, 10_000, 100_000)


def dense_equal_parameters(ticket: Ticket, seed: int) -> Ticket:
    """The dense network of the width at which it has as many weights as the ticket keeps, or nearly so.

    Counted are the layers that the ticket masks; of two widths that are equally near, the narrower
    is taken. Weights are drawn anew from the ticket's recipe at density 1, and the state is that of
    an untrained network.

    Raises:
        NotApplicable: where the architecture is not builtin or has no `width`, where the ticket
            keeps nothing, or where there is no recipe to draw from.
    """
    family = _Family.of(ticket)
    if not ticket.mask.kept():
        raise NotApplicable("the ticket keeps no weight, and every dense network has some")
    recipe = fresh_recipe(ticket, NARROW, seed)
    width = nearest_width(lambda width: family.layout(width).total, ticket.mask.kept(), family.width)
    layout = family.layout(width)
    whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()})
    return Ticket(
        family.architecture(width),
        mask=whole,
        densities=dict.fromkeys(whole, 1.0),
        weights=recipe,
        state=family.untrained(width, whole, recipe).unmasked_state(),
        spec=ticket.spec,
        provenance=origin(ticket, NARROW, seed),
    )


def nearest_width(count: Callable[[float], int], wanted: int, widest: float) -> float:
    """The width with the count nearest to `wanted`, by bisection; of several, the one with the fewest decimals.

    Args:
        count: number of weights at a width; never falls as the width grows.
        wanted: number of weights.
        widest: about where to stop.

    >>> nearest_width(lambda width: round(100 * width), 33, 1.0)
    0.33
    """

    def distance(width: float) -> tuple[int, int]:
        reached = count(width)
        return abs(reached - wanted), reached

    def nearest(grid: int) -> float:
        steps = range(1, math.ceil(widest * grid) + 1)
        above = bisect.bisect_right(steps, wanted, key=lambda step: count(step / grid))
        return min((step / grid for step in steps[max(0, above - 1) : above + 1]), key=distance)

    return min(map(nearest, GRIDS), key=distance)


@dataclass(frozen=True)
class _Family:
    """A builtin architecture at every width, with the layers that a ticket masks."""

    of_ticket: Architecture
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    @classmethod
    def of(cls, ticket: Ticket) -> "_Family":
        own = ticket.architecture
        if not own.builtin:
            raise NotApplicable(f"{own.name} is not builtin, so it cannot be made at another width")
        with torch.device("meta"):
            layout = prunable_layout(models.make(own.name, **own.arguments))
        if "width" not in inspect.signature(models.MODELS[own.name]).parameters:
            raise NotApplicable(f"{own.name} has no width that could be changed")
        return cls(own, tuple(ticket.mask), tuple(name for name in layout.names if name not in ticket.mask))

    @property
    def width(self) -> float:
        default = inspect.signature(models.MODELS[self.of_ticket.name]).parameters["width"].default
        return float(self.of_ticket.arguments.get("width", default))

    def architecture(self, width: float) -> Architecture:
        return Architecture(self.of_ticket.name, {**self.of_ticket.arguments, "width": width}, builtin=True)

    def layout(self, width: float) -> Layout:
        with torch.device("meta"):
            return prunable_layout(self._make(width), self.include, self.exclude)

    def untrained(self, width: float, mask: Mask, recipe: Recipe) -> Subnetwork:
        with torch.random.fork_rng(devices=[]):  # the values that are drawn here are all replaced
            model = self._make(width)
        return Subnetwork(model, mask, recipe, include=self.include, exclude=self.exclude)

    def _make(self, width: float) -> nn.Module:
        return models.make(self.of_ticket.name, **self.architecture(width).arguments)
