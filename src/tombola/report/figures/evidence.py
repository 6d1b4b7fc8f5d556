"""The evidence of a verdict, ready to be read."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.claims.published.number import ITERATIONS
from tombola.records import EvidenceRow, JudgedLevel
from tombola.records.verification_record import VerificationRecord
from tombola.report.marks import Mark, mark
from tombola.report.words import gap_text, is_share, measure_text, metric_words

CHANCE = "chance"


@dataclass(frozen=True)
class Place:
    """Where an interval and its middle lie, in per cent from the left of a strip with 0 in its middle."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class EvidenceLine:
    """One comparison of the ticket with a control.

    Attributes:
        title: of the control; `measure` is what was compared, and `values` both of them.
        difference: ticket − control, with its unit; `interval` the same without.
        kind: what the outcome means for the ticket.
        is_main: whether it is of the definition, of the metric, or could not be made; the others can be folded away.
        place: of the interval; None where there is none.
    """

    title: str
    measure: str
    values: str
    difference: str
    interval: str
    replicates: int
    outcome: str
    kind: Mark
    reason: str
    in_definition: bool
    is_main: bool
    place: Place | None


def evidence_lines(record: VerificationRecord, judged: JudgedLevel) -> tuple[EvidenceLine, ...]:
    """One line a comparison: those of the definition first, then those that could be made."""
    scales = _scales(record)
    rows = sorted(judged.evidence, key=lambda row: (not row.in_definition, row.outcome == "not applicable"))
    return tuple(_line(record, row, scales.get(row.measure or "", 0.0)) for row in rows)


def _scales(record: VerificationRecord) -> dict[str, float]:
    """For each measure how far its intervals reach from 0, over all levels, so that strips can be compared."""
    reach: dict[str, list[float]] = {}
    rows = [row for level in record.file.levels for row in level.evidence]
    for row in sorted(rows, key=lambda row: row.control == CHANCE):
        # Nearly everything is far above chance: its strip would leave nothing to see in the others.
        if row.control != CHANCE or row.in_definition or (row.measure or "") not in reach:
            reach.setdefault(row.measure or "", []).extend(map(abs, _numbers(row)))
    return {measure: max(numbers, default=0.0) for measure, numbers in reach.items()}


def _numbers(row: EvidenceRow) -> Iterable[float]:
    return [number for number in (row.low, row.difference, row.high) if number is not None]


def _line(record: VerificationRecord, row: EvidenceRow, scale: float) -> EvidenceLine:
    quantity = record.file.metric if row.measure == "metric" else row.measure or ""
    pair = [None if value is None else measure_text(quantity, value) for value in (row.ticket, row.control_value)]
    ends = (
        ""
        if row.low is None or row.high is None
        else f"{gap_text(quantity, row.low)} to {gap_text(quantity, row.high)}"
    )
    unit = " points" if is_share(quantity) else ""
    return EvidenceLine(
        row.title or row.control.replace("-", " "),
        _measure_words(record, quantity),
        f"{pair[0]} against {pair[1]}" if None not in pair else "",
        "" if row.difference is None else gap_text(quantity, row.difference) + unit,
        ends,
        row.replicates,
        row.outcome,
        mark(row.outcome),
        row.reason or "",
        row.in_definition,
        row.in_definition or quantity in ("", record.file.metric),
        _place(row, scale),
    )


def _measure_words(record: VerificationRecord, quantity: str) -> str:
    if quantity == ITERATIONS:
        return "iterations, fewer is better"
    lower = quantity == "loss" or (quantity == record.file.metric and not record.file.higher_is_better)
    return metric_words(quantity) + (", lower is better" if lower else "")


def _place(row: EvidenceRow, scale: float) -> Place | None:
    """Where an interval lies on its strip; None where it does not fit on it."""
    if row.low is None or row.high is None or row.difference is None or max(map(abs, _numbers(row))) > scale:
        return None
    reach = 1.1 * scale or 1.0
    low, middle, high = (50 + 50 * value / reach for value in (row.low, row.difference, row.high))
    return Place(low, middle, high)
