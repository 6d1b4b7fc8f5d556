"""`Control`: an ablation of a ticket, as a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from tombola.masks import Mask
from tombola.ticket import JSON, Ticket
from tombola.training.environment import versions
from tombola.weights import Recipe

Weights = Recipe | Mapping[str, Tensor]


@dataclass(frozen=True)
class Control:
    """What another network is like that differs from a ticket in one respect.

    Args:
        name: by which it is asked for.
        title: for people.
        changes: what is different from the ticket.
        keeps: what is the same.
        make: (ticket, seed) -> the control, a new ticket; the same seed gives the same bits on
            every machine and device, and a control of a control is another draw even under the
            same seed. Raises `NotApplicable` where nothing could differ.
    """

    name: str
    title: str
    changes: str
    keeps: str
    make: Callable[[Ticket, int], Ticket]


def altered(
    ticket: Ticket,
    control: str,
    seed: int,
    *,
    mask: Mask | None = None,
    densities: Mapping[str, float] | None = None,
    weights: Weights | None = None,
) -> Ticket:
    """The ticket with another mask, other densities or other weights: not measured yet, and named as a control.

    The state stays: biases, and the running statistics of batch norm, which were those of the ticket.
    """
    return replace(
        ticket,
        mask=ticket.mask if mask is None else mask,
        densities=ticket.densities if densities is None else densities,
        weights=ticket.weights if weights is None else weights,
        metrics={},
        provenance=origin(ticket, control, seed),
    )


def origin(ticket: Ticket, control: str, seed: int) -> dict[str, JSON]:
    """Where a control came from: its name, its seed, and the digest of the ticket."""
    return {**versions(), "control": control, "control_seed": seed, "control_of": ticket.digest}
