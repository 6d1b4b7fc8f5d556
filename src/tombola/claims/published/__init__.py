"""Published numbers, as data: shown beside ours, never used to tune or to decide what to run."""

import math
from collections.abc import Mapping
from typing import Any

from tombola.claims.published import independent_study, lottery_ticket, supermasks, whats_hidden
from tombola.claims.published.number import Certainty, Published
from tombola.records.points import values_of

__all__ = ["PUBLISHED", "Certainty", "Published", "published", "published_along", "published_levels"]

PUBLISHED: tuple[Published, ...] = (
    *whats_hidden.NUMBERS,
    *lottery_ticket.NUMBERS,
    *independent_study.NUMBERS,
    *supermasks.NUMBERS,
)
SAME = 0.03  # densities of tickets that differ by less of themselves are one; levels lie further apart


def published(
    study: str,
    arm: str,
    point: Mapping[str, Any],
    quantity: str = "accuracy",
    ticket_density: float | None = None,
    beside: str | None = None,
) -> Published | None:
    """What was published for a point of a study.

    Args:
        study, arm, point: the place.
        quantity: what the number is of.
        ticket_density: of the ticket, where runs have one a level.
        beside: the network that such a ticket is told beside.

    >>> found = published("density", "edge-popup", {"model": "conv4", "weights": "kaiming-normal", "density": 0.5})
    >>> found.value, found.certainty
    (0.836, 're-run')
    >>> found = published("tickets-lenet", "iterative", {}, "iterations", ticket_density=0.2113, beside="dense")
    >>> found.value, found.certainty
    (0.62, 'third party')
    """
    values = values_of(point)
    asked = (study, arm, quantity, beside, None)
    for each in PUBLISHED:
        is_there = (each.study, each.arm, each.quantity, each.beside, each.change) == asked
        is_ticket = _is_same(each.ticket_density, ticket_density)
        if is_there and is_ticket and values.items() >= dict(each.point).items():
            return each
    return None


def published_along(
    study: str, arm: str, point: Mapping[str, Any], axis: str, quantity: str = "accuracy"
) -> dict[Any, Published]:
    """What was published over one axis of a study, for a point of its others: by the value of the axis.

    >>> point = {"model": "conv4", "weights": "kaiming-normal", "density": 0.9}
    >>> list(published_along("density", "edge-popup", point, "density"))
    [0.1, 0.3, 0.5, 0.7]
    """
    values = {name: value for name, value in values_of(point).items() if name != axis}
    found: dict[Any, Published] = {}
    for each in PUBLISHED:
        theirs = dict(each.point)
        at = theirs.pop(axis, None)
        is_there = (each.study, each.arm, each.quantity) == (study, arm, quantity) and each.ticket_density is None
        if is_there and at is not None and values.items() >= theirs.items():
            found[at] = each
    return found


def published_levels(study: str, arm: str, point: Mapping[str, Any]) -> tuple[Published, ...]:
    """What was published of the tickets of a point's runs, one a level, and of the densities where they change.

    >>> [each.value for each in published_levels("one-shot-lenet", "one-shot", {})]
    [0.675, 0.176, 0.95, 0.0517]
    """
    values = values_of(point)
    return tuple(
        each
        for each in lottery_ticket.NUMBERS
        if (each.study, each.arm) == (study, arm) and values.items() >= dict(each.point).items()
    )


def _is_same(one: float | None, other: float | None) -> bool:
    """Whether two densities of tickets are one, or there is none."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=SAME)
