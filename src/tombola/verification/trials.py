"""`Trial`: one network, measured once; and the pairs that two networks' trials make."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tombola.errors import UsageError
from tombola.verification.definition import CHANCE, Measure

TICKET = "ticket"


@dataclass(frozen=True)
class Trial:
    """What one network came to in one replicate.

    Args:
        replicate: index of the repetition; the ticket and its controls are compared within one.
        network: `ticket`, or the name of a control.
        metric: on the examples of the final figures.
        loss: on the same.
        iterations: at which its training was stopped; None where nothing was trained.
        density: fraction of its prunable weights that it keeps.
        kept: number of weights that it keeps.

    Raises:
        UsageError: where metric or loss is not finite.
    """

    replicate: int
    network: str
    metric: float
    loss: float
    iterations: int | None
    density: float
    kept: int

    def __post_init__(self) -> None:
        for name in ("metric", "loss"):
            if not math.isfinite(getattr(self, name)):
                raise UsageError(
                    f"the {name} of {self.network} in replicate {self.replicate} is {getattr(self, name)}: "
                    "expected a finite number; train with a smaller learning rate, or leave this network out"
                )


@dataclass(frozen=True)
class Pairs:
    """One measure of the ticket and of a control, replicate by replicate.

    Args:
        ticket, control: values of the same replicates in the same order.
        missing: a sentence on the replicates that have only one of the two; empty where none has.
    """

    ticket: tuple[float, ...]
    control: tuple[float, ...]
    missing: str

    def __len__(self) -> int:
        return len(self.ticket)

    @property
    def vary(self) -> bool:
        """Whether any replicate differs from another, on either side."""
        return len(set(self.ticket)) > 1 or len(set(self.control)) > 1


@dataclass(frozen=True)
class Trials:
    """All trials of a verification, with the chance level of the metric where it has one.

    Raises:
        UsageError: where a network was measured twice in one replicate, or the ticket never.
    """

    trials: tuple[Trial, ...]
    chance: float | None = None

    def __post_init__(self) -> None:
        seen: set[tuple[str, int]] = set()
        for trial in self.trials:
            if (key := (trial.network, trial.replicate)) in seen:
                raise UsageError(f"{trial.network} occurs twice in replicate {trial.replicate}: expected one trial")
            seen.add(key)
        if TICKET not in {trial.network for trial in self.trials}:
            raise UsageError(f"there is no trial of the ticket: expected at least one with network={TICKET!r}")
        if self.chance is not None and not math.isfinite(self.chance):
            raise UsageError(f"chance={self.chance}: expected a finite number, or None")

    @property
    def networks(self) -> list[str]:
        """What the ticket can be compared with, in the order of the trials, chance last."""
        named = dict.fromkeys(trial.network for trial in self.trials if trial.network != TICKET)
        return [*named, *([CHANCE] if self.chance is not None else [])]

    def kept(self, network: str) -> tuple[int, ...]:
        """The numbers of weights that the network keeps in its trials, each once."""
        return tuple(sorted({trial.kept for trial in self.trials if trial.network == network}))

    def values(self, network: str, measure: Measure) -> dict[int, float]:
        """Replicate -> value, where it was measured."""
        if network == CHANCE and self.chance is not None:
            return dict.fromkeys(self.values(TICKET, measure), self.chance) if measure == "metric" else {}
        found = {trial.replicate: getattr(trial, measure) for trial in self.trials if trial.network == network}
        return {replicate: float(value) for replicate, value in found.items() if value is not None}

    def pairs(self, control: str, measure: Measure) -> Pairs:
        """The replicates in which both the ticket and the control have the measure."""
        ticket, other = self.values(TICKET, measure), self.values(control, measure)
        common = sorted(ticket.keys() & other.keys())
        lacking = [
            _lacking(f"{measure} of {control}", ticket.keys() - other.keys()),
            _lacking(f"{measure} of the ticket", other.keys() - ticket.keys()),
        ]
        return Pairs(
            tuple(ticket[replicate] for replicate in common),
            tuple(other[replicate] for replicate in common),
            "; ".join(filter(None, lacking)),
        )


def _lacking(what: str, replicates: Iterable[int]) -> str:
    listed = sorted(replicates)
    word = "replicate" if len(listed) == 1 else "replicates"
    return f"no {what} in {word} {', '.join(map(str, listed))}" if listed else ""
