"""From trials to a verdict: is the ticket winning, by a definition and with its evidence?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

from tombola.verification.definition import CHANCE, MEASURES, Condition, Definition, Measure
from tombola.verification.evidence import Evidence
from tombola.verification.statistics import of_shares, paired
from tombola.verification.table import as_table
from tombola.verification.trials import Pairs, Trial, Trials

Word: TypeAlias = Literal["winning", "not winning", "undecided"]


@dataclass(frozen=True)
class Verdict:
    """Whether a ticket is winning, by a definition, with every comparison that was made.

    Args:
        definition: what winning means here.
        evidence: a row for every control and measure, those of the definition first.
    """

    definition: Definition
    evidence: tuple[Evidence, ...]

    @property
    def verdict(self) -> Word:
        """`winning` if all conditions hold, `not winning` if any fails, else `undecided`."""
        outcomes = {row.outcome for row in self.evidence if row.condition is not None}
        if "fails" in outcomes:
            return "not winning"
        return "winning" if outcomes == {"holds"} else "undecided"

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON."""
        evidence = [row.to_json() for row in self.evidence]
        return {"verdict": self.verdict, "definition": asdict(self.definition), "evidence": evidence}

    def as_text(self) -> str:
        """The verdict as a table of 80 columns."""
        return as_table(self.verdict, self.definition, self.evidence)


def decide(
    definition: Definition,
    trials: Sequence[Trial],
    *,
    higher_is_better: bool = True,
    chance: float | None = None,
    not_applicable: Mapping[str, str] | None = None,
    examples: int | None = None,
    level: float = 0.95,
    method: str = "t",
    seed: int = 0,
) -> Verdict:
    """Hold the ticket's trials against those of its controls.

    Args:
        definition: what winning means.
        trials: of the ticket and its controls; compared are those of the same replicate.
        higher_is_better: direction of the metric; loss and iterations are better when lower.
        chance: metric of a guess that does not look at the inputs, where there is such a number.
        not_applicable: control -> why it cannot be made of this ticket.
        examples: of which the metric is a share, where it is one: the sampling error of figures that no
            replicate changes.
        level, method, seed: of the intervals, see `paired`.

    Raises:
        UsageError: where the ticket has no trial, or a network has two in one replicate.

    >>> ticket = [Trial(i, "ticket", 0.90 + i / 100, 0.3, None, 0.5, 50) for i in range(3)]
    >>> random = [Trial(i, "random-mask", 0.12 + i / 90, 2.3, None, 0.5, 50) for i in range(3)]
    >>> from tombola.verification import SUPERMASK
    >>> decide(SUPERMASK, [*ticket, *random], chance=0.1).verdict
    'winning'
    """
    measured, reasons = Trials(tuple(trials), chance), dict(not_applicable or {})
    conditions = {(condition.control, condition.measure): condition for condition in definition.conditions}
    compare = partial(paired, level=level, method=method, seed=seed)

    def row(control: str, measure: Measure | None) -> Evidence:
        condition = conditions.get((control, measure)) if measure else None
        if measure is None or (control in reasons and control not in measured.networks):
            return Evidence(control, measure, reasons[control], condition=condition, applies=False)
        pairs = measured.pairs(control, measure)
        found = compare(pairs.ticket, pairs.control) if len(pairs) >= 2 else None
        if found is not None and examples and measure == "metric" and not pairs.vary:
            exact = control == CHANCE
            found = of_shares(
                found.mean_ticket, found.mean_control, examples, replicates=found.n, exact=exact, level=level
            )
        return Evidence(
            control,
            measure,
            reason=_reason(pairs, reasons.get(control, "")),
            paired=found,
            higher_is_better=higher_is_better and measure == "metric",
            condition=condition,
            kept=measured.kept(control),
        )

    return Verdict(definition, tuple(row(*question) for question in _questions(conditions, measured, reasons)))


def _questions(
    conditions: Mapping[tuple[str, Measure], Condition], measured: Trials, reasons: Mapping[str, str]
) -> Iterator[tuple[str, Measure | None]]:
    """Every control and measure there is something to say about, those of the definition first."""
    asked = [control for control, _ in conditions]
    for control in dict.fromkeys([*asked, *measured.networks, *reasons]):
        found = [m for m in MEASURES if (control, m) in conditions or measured.values(control, m)]
        yield from ((control, measure) for measure in found)
        if not found:
            yield control, None


def _reason(pairs: Pairs, not_applicable: str) -> str:
    few = "" if len(pairs) >= 2 else f"replicates={len(pairs)}: an interval needs 2 or more"
    return "; ".join(filter(None, (few, pairs.missing, not_applicable)))
