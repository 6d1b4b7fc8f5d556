"""`Evidence`: one comparison of the ticket with one control, and what it says."""

from dataclasses import dataclass
from typing import Any

from tombola.verification.definition import Condition, Measure
from tombola.verification.statistics import Paired

NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Evidence:
    """One row of a verdict.

    Args:
        control: what the ticket is compared with.
        measure: what is compared; None where the control does not apply and no condition asks for it.
        reason: why there is no interval, or which replicates it lacks.
        paired: the numbers, where there are two pairs or more.
        higher_is_better: direction of the measure.
        condition: the one that the row settles, where the definition has one.
        kept: numbers of weights that the control keeps, each once.
        applies: whether the control can be made of this ticket.
    """

    control: str
    measure: Measure | None
    reason: str = ""
    paired: Paired | None = None
    higher_is_better: bool = True
    condition: Condition | None = None
    kept: tuple[int, ...] = ()
    applies: bool = True

    @property
    def outcome(self) -> str:
        """What the row says.

        Of a condition: `holds`, `fails` or `open`. Of any other comparison: `better`, `worse` or
        `undecided`, by the side of 0 on which the interval lies. Else `not applicable`.
        """
        if not self.applies:
            return NOT_APPLICABLE
        if self.paired is None:
            return "undecided" if self.condition is None else "open"
        low, high = self.paired.interval.low, self.paired.interval.high
        low, high = (low, high) if self.higher_is_better else (-high, -low)
        if self.condition is not None:
            return self.condition.outcome(low, high)
        return "better" if low > 0 else "worse" if high < 0 else "undecided"

    def to_json(self) -> dict[str, Any]:
        """The row as JSON; `difference` is ticket − control, whichever direction is better."""
        found = self.paired
        return {
            "control": self.control,
            "measure": self.measure,
            "ticket": found and found.mean_ticket,
            "control_value": found and found.mean_control,
            "difference": found and found.difference,
            "low": found and found.interval.low,
            "high": found and found.interval.high,
            "level": found and found.interval.level,
            "interval": found and found.interval.method,
            "replicates": found.n if found else 0,
            "effect_size": found and found.effect_size,
            "higher_is_better": self.higher_is_better,
            "outcome": self.outcome,
            "reason": self.reason,
            "in_definition": self.condition is not None,
            "margin": self.condition and self.condition.margin,
            "control_kept": list(self.kept),
        }
