"""A verdict on a page: the word, its evidence, the levels, the audit."""

from collections.abc import Iterator
from dataclasses import dataclass

from tombola.claims.published.number import ITERATIONS
from tombola.printable import capitalised
from tombola.records import JudgedLevel, TrialRow
from tombola.records.verification_record import VerificationRecord
from tombola.report.downloads import csv_table
from tombola.report.drawings import PAGE, Stroke, level_strokes
from tombola.report.figures import (
    EvidenceLine,
    Spread,
    evidence_lines,
    judged_levels,
    level_tables,
    levels_sentence,
    network_curves,
    network_rows,
)
from tombola.report.figures.networks import LevelTable, LevelTableRow, Measure
from tombola.report.figures.verdict import shown_level
from tombola.report.marks import mark
from tombola.report.panels import Panel, over_density_panel
from tombola.report.words import density_text, mean_text, metric_words

_FOUND = {True: ("good", "right"), False: ("bad", "wrong"), None: ("none", "does not apply")}
_MANY = 12


@dataclass(frozen=True)
class JudgedPart:
    """One level with its evidence; `is_open` where the page shows it at once."""

    density: str
    verdict: str
    kind: str
    lines: tuple[EvidenceLine, ...]
    more: tuple[EvidenceLine, ...]
    is_open: bool


@dataclass(frozen=True)
class TableRow:
    """One level of a table."""

    density: str
    note: str
    cells: tuple[str, ...]
    verdict: str
    kind: str


@dataclass(frozen=True)
class LevelTablePart:
    """A row a level and a column a network, means with their standard deviations."""

    title: str
    caption: str
    networks: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class FindingPart:
    """One thing an audit looked at."""

    name: str
    kind: str
    word: str
    detail: str


@dataclass(frozen=True)
class VerdictPart:
    """What a page says of a verification."""

    word: str
    kind: str
    sentence: str
    conditions: tuple[str, ...]
    method: str
    trials: str
    strokes: tuple[Stroke, ...]
    panels: tuple[Panel, ...]
    tables: tuple[LevelTablePart, ...]
    levels: tuple[JudgedPart, ...]
    findings: tuple[FindingPart, ...]


def verdict_part(record: VerificationRecord) -> VerdictPart:
    """A verification, ready for a page."""
    file, figures = record.file, network_curves(record)
    return VerdictPart(
        file.verdict,
        mark(file.verdict),
        " ".join(filter(None, (f"“{file.definition.name}”: {file.definition.title}", levels_sentence(record)))),
        file.definition.conditions,
        _method(record),
        csv_table(list(TrialRow.model_fields), (trial.model_dump() for trial in file.trials)),
        level_strokes(figures, PAGE),
        tuple(_panels(record)),
        tuple(_table(table) for table in level_tables(record)),
        tuple(_judged(record, judged) for judged in judged_levels(record)),
        tuple(FindingPart(row.name, *_FOUND[row.ok], row.detail) for row in file.audit),
    )


def _method(record: VerificationRecord) -> str:
    file = record.file
    other = "" if file.same_data is not False else " The data is not that on which the ticket was found."
    if file.replicates == 1:
        few = "One replicate was tried, so differences, ticket − control, have no interval."
        return f"{few} The definition’s are bold.{other}"
    percent = f"{100 * record.confidence:g}%"
    kinds = {row.interval for level in file.levels for row in level.evidence if row.low is not None and row.interval}
    bars = (
        f" Upright bars are {percent} t intervals of the means{_cut_words(record)}." if network_curves(record) else ""
    )
    return (
        f"Differences are ticket − control, means over {file.replicates} paired replicates "
        f"with {' '.join([percent, *sorted(kinds)])} intervals; the definition’s are bold.{bars}{other}"
    )


def _cut_words(record: VerificationRecord) -> str:
    cut = any(figure.has_long_intervals for figure in network_curves(record))
    return ", cut off where they leave the chart" if cut else ""


def _panels(record: VerificationRecord) -> Iterator[Panel]:
    for figure in network_curves(record):
        measure: Measure = "iterations" if figure.quantity == ITERATIONS else "metric"
        yield over_density_panel(figure, network_rows(record, measure), f"networks-{measure}.csv")


def _judged(record: VerificationRecord, judged: JudgedLevel) -> JudgedPart:
    lines = evidence_lines(record, judged)
    return JudgedPart(
        density_text(judged.density),
        judged.verdict,
        mark(judged.verdict),
        *_parted(lines),
        judged is shown_level(record),
    )


def _parted(lines: tuple[EvidenceLine, ...]) -> tuple[tuple[EvidenceLine, ...], tuple[EvidenceLine, ...]]:
    """The main comparisons and, where there are very many, the others apart."""
    if len(lines) <= _MANY:
        return lines, ()
    return tuple(line for line in lines if line.is_main), tuple(line for line in lines if not line.is_main)


def _table(table: LevelTable) -> LevelTablePart:
    words = metric_words(table.measure)
    what = "Early-stop iteration" if table.measure == "iterations" else capitalised(words)
    spread = (
        ", mean ± standard deviation"
        if any(cell and cell.std is not None for row in table.rows for cell in row.spreads)
        else ""
    )
    dense = f"; the dense network: {_cell(table.measure, table.dense)}" if table.dense else ""
    rows = tuple(_row(table, row) for row in table.rows)
    return LevelTablePart(what, f"{what}{spread}{dense}.", table.networks, rows)


def _row(table: LevelTable, row: LevelTableRow) -> TableRow:
    level = "" if row.level is None else f"level {row.level}, "
    cells = tuple(_cell(table.measure, spread) for spread in row.spreads)
    return TableRow(density_text(row.density), f"{level}{row.kept:,} weights", cells, row.verdict, mark(row.verdict))


def _cell(measure: str, spread: Spread | None) -> str:
    if spread is None:
        return "–"
    return mean_text(measure, spread.mean, spread.std)
