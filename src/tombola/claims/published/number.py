"""`Published`: one number somebody published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ITERATIONS = "iterations"
Certainty = Literal["author", "third party", "figure", "re-run", "memory"]


@dataclass(frozen=True)
class Published:
    """One number somebody published.

    Args:
        study: of ours that measures the same.
        arm: of the study.
        point: values of its axes.
        value: the number; accuracies as fractions.
        source: who published it.
        certainty: `author`, read in the authors' text or repository; `third party`, somebody says so who read
            it there; `figure`, read off a figure; `re-run`, somebody's repetition; `memory`, unconfirmed.
        quantity: what the number is of: a metric, `loss`, `density`, or another name that a figure asks for.
        deviation: over the source's replicates, where it says.
        ticket_density: where a run has a ticket a level, of the ticket that the number is of; 1 is the dense network.
        beside: the network that such a ticket is told beside: an accuracy is then how much more the ticket has, as a
            fraction, and iterations are its share of the other's.
        change: what changes with the density there, where the value is a density; the quantity is what changes.
        at_least: whether the source gives the number as one that it exceeded.
    """

    study: str
    arm: str
    point: Mapping[str, Any]
    value: float
    source: str
    certainty: Certainty
    quantity: str = "accuracy"
    deviation: float | None = None
    ticket_density: float | None = None
    beside: str | None = None
    change: str | None = None
    at_least: bool = False

    @property
    def name(self) -> str:
        """What the number is of, in words."""
        if self.change is not None:
            return f"density where {self.change}"
        if self.beside is None:
            return self.quantity
        return f"{'iterations' if self.is_share else 'gain'} over {self.beside.replace('-', ' ')}"

    @property
    def is_share(self) -> bool:
        """Whether the value is a share of another network's."""
        return self.beside is not None and self.quantity == ITERATIONS
