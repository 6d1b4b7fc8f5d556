"""`Finding`: one comparison that bears on a claim, with its interval, and what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scipy import stats

from tombola.verification.statistics import paired

FindingOutcome = Literal["for", "against", "open"]
Values = Mapping[int, float]  # seed -> value
CLOSE = 0.003  # three tenths of a point: networks that differ by less match
NEAR_CHANCE = 0.05


@dataclass(frozen=True)
class Finding:
    """One comparison.

    Args:
        text: what is compared, for people.
        outcome: what it says of the claim: `for`, `against`, or `open`, where the interval does not tell.
        first, second: means of the two sides over replicates.
        difference: mean of first − second, pair by pair.
        low, high: ends of its 95% interval (Student's t).
        replicates: number of pairs.
        expected: `above`, `below`, `not below`, `not above`, `equal` or `reaches`.
        margin: within which the two count as equal.
        is_percent: whether the numbers are fractions that people read as percentages.
    """

    text: str
    outcome: FindingOutcome
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    replicates: int
    expected: str
    margin: float = 0.0
    is_percent: bool = True

    def to_json(self) -> dict[str, Any]:
        """The finding as JSON."""
        return dict(vars(self))

    @property
    def difference_text(self) -> str:
        """The difference, for people; empty where there is none."""
        return "" if self.difference is None else self._signed(self.difference) + (" pp" if self.is_percent else "")

    @property
    def ends(self) -> tuple[str, str] | None:
        """The ends of the interval, for people.

        >>> Finding("a over b", "for", 0.9, 0.8, 0.1, 0.05, 0.15, 3, "above").ends
        ('+5.00', '+15.00')
        """
        return None if self.low is None or self.high is None else (self._signed(self.low), self._signed(self.high))

    def refutes_among(self, comparisons: int) -> bool:
        """Whether it speaks against a claim surely enough, where one of so many may do so by chance.

        By Bonferroni: with the interval of level 1 − 0.05 / comparisons. What needs no interval refutes alone.

        >>> finding = compare("a over b", {0: 0.5, 1: 0.52, 2: 0.51}, 0.6, "above")
        >>> finding.outcome, finding.refutes_among(1), finding.refutes_among(20)
        ('against', True, False)
        """
        if self.difference is None or self.low is None or self.high is None:
            return self.outcome == "against"
        student = stats.t(self.replicates - 1)
        wider = student.ppf(1 - 0.025 / comparisons) / student.ppf(1 - 0.025)
        low, high = (self.difference + wider * (end - self.difference) for end in (self.low, self.high))
        return _RULES[self.expected](float(low), float(high), self.margin) == "against"

    def _signed(self, value: float) -> str:
        """In percentage points with two digits; losses with three; iterations whole."""
        if self.is_percent:
            return f"{100 * value:+.2f}"
        return f"{value:+,.0f}" if max(abs(self.low or 0), abs(self.high or 0), abs(value)) >= 10 else f"{value:+.3f}"


def compare(
    text: str,
    first: Values,
    second: Values | float,
    expected: str,
    *,
    margin: float = 0.0,
    is_percent: bool = True,
) -> Finding:
    """Compare two sides replicate by replicate.

    `above`: for where the interval of first − second lies above the margin, against where it lies below it.
    `not below`: for above −margin, against below it. `equal`: for within ±margin, against beyond it.
    `reaches`: for above −margin, and never against, since more width or more training may reach it yet.
    `below` and `not above` are the mirror images of `above` and `not below`.

    Args:
        text: what is compared.
        first: one value a seed.
        second: the same, or one number for all.
        expected: by the claim.
        margin: as above.
        is_percent: whether the numbers are fractions that people read as percentages.

    >>> compare("a over b", {0: 0.9, 1: 0.92}, {0: 0.5, 1: 0.51}, "above").outcome
    'for'
    >>> compare("a over b", {0: 0.9}, 0.5, "above").outcome
    'open'
    """
    seeds = sorted(first.keys() & second.keys()) if isinstance(second, Mapping) else sorted(first)
    left = [first[seed] for seed in seeds]
    right = [second[seed] for seed in seeds] if isinstance(second, Mapping) else [second] * len(seeds)
    if len(seeds) < 2:
        one, other = (left[0], right[0]) if seeds else (None, None)
        difference = left[0] - right[0] if seeds else None
        return Finding(text, "open", one, other, difference, None, None, len(seeds), expected, margin, is_percent)
    found = paired(left, right)
    low, high = found.interval.low, found.interval.high
    return Finding(
        text,
        _RULES[expected](low, high, margin),
        first=found.mean_ticket,
        second=found.mean_control,
        difference=found.difference,
        low=low,
        high=high,
        replicates=found.n,
        expected=expected,
        margin=margin,
        is_percent=is_percent,
    )


def at_chance(text: str, values: Values, chance: float | None) -> Finding:
    """Compare values with what guessing comes to; nothing where that is not known."""
    return compare(text, {} if chance is None else values, chance or 0.0, "equal", margin=NEAR_CHANCE)


def fact(text: str, holds: bool, replicates: int) -> Finding:
    """Something that is so or is not so, and needs no interval."""
    return Finding(text, "for" if holds else "against", None, None, None, None, None, replicates, "so")


def _above(low: float, high: float, margin: float) -> FindingOutcome:
    return "for" if low > margin else "against" if high < margin else "open"


def _not_below(low: float, high: float, margin: float) -> FindingOutcome:
    return "for" if low >= -margin else "against" if high < -margin else "open"


def _equal(low: float, high: float, margin: float) -> FindingOutcome:
    return "for" if -margin <= low and high <= margin else "against" if low > margin or high < -margin else "open"


_RULES: dict[str, Callable[[float, float, float], FindingOutcome]] = {
    "above": _above,
    "below": lambda low, high, margin: _above(-high, -low, margin),
    "not below": _not_below,
    "not above": lambda low, high, margin: _not_below(-high, -low, margin),
    "equal": _equal,
    "reaches": lambda low, _, margin: "for" if low >= -margin else "open",
}
