"""The ticket and its controls over density, from the trials of a verification."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from tombola.claims.published.number import ITERATIONS
from tombola.records import JudgedLevel, TrialRow
from tombola.records.verification_record import VerificationRecord
from tombola.report.figures.over_density import DensityLine, DensityPoint, OverDensity, with_lines
from tombola.report.figures.spread import Spread, spread
from tombola.report.words import metric_words
from tombola.verification import DENSE, TICKET

Measure = Literal["metric", "iterations"]
MEASURES: tuple[Measure, ...] = ("metric", "iterations")


@dataclass(frozen=True)
class NetworkRow:
    """One network's trials of one measure at one level, as a row of a file."""

    network: str
    level: int | None
    density: float
    measure: str
    mean: float
    std: float | None
    low: float | None
    high: float | None
    replicates: int


@dataclass(frozen=True)
class LevelTableRow:
    """One level of the table: a spread for each network, None where it was not tried there."""

    level: int | None
    density: float
    kept: int
    spreads: tuple[Spread | None, ...]
    verdict: str


@dataclass(frozen=True)
class LevelTable:
    """A row a level and a column a network; the whole network, which is the same at every level, stands apart."""

    measure: str
    networks: tuple[str, ...]
    rows: tuple[LevelTableRow, ...]
    dense: Spread | None


def network_curves(record: VerificationRecord) -> tuple[OverDensity, ...]:
    """The metric and the early-stop iteration over density; none where there are fewer than two densities."""
    return with_lines(_curve(record, measure) for measure in MEASURES)


def level_tables(record: VerificationRecord) -> tuple[LevelTable, ...]:
    """The same in numbers."""
    networks = tuple(_networks(record))
    titles = tuple(network_title(record, network) for network in networks)
    tables = (
        LevelTable(
            _quantity(record, measure),
            titles,
            tuple(
                LevelTableRow(
                    judged.level,
                    judged.density,
                    judged.kept,
                    tuple(_at(record, network, judged, measure) for network in networks),
                    judged.verdict,
                )
                for judged in judged_levels(record)
            ),
            _dense(record, measure),
        )
        for measure in MEASURES
    )
    return tuple(table for table in tables if any(any(row.spreads) for row in table.rows))


def network_rows(record: VerificationRecord, measure: Measure) -> tuple[NetworkRow, ...]:
    """Every mean of one measure with its spread: the data behind a chart."""
    quantity = _quantity(record, measure)
    found = [
        NetworkRow(network, judged.level, judged.density, quantity, at.mean, at.std, at.low, at.high, at.replicates)
        for network in _networks(record)
        for judged in judged_levels(record)
        if (at := _at(record, network, judged, measure)) is not None
    ]
    dense = _dense(record, measure)
    if dense is not None:
        last = (dense.mean, dense.std, dense.low, dense.high, dense.replicates)
        found.append(NetworkRow(DENSE, None, 1.0, quantity, *last))
    return tuple(found)


def ticket_spread(record: VerificationRecord, judged: JudgedLevel) -> Spread | None:
    """The ticket's metric at one level; None where it was not tried there."""
    return _at(record, TICKET, judged, "metric")


def judged_levels(record: VerificationRecord) -> list[JudgedLevel]:
    """The levels from the densest down."""
    return sorted(record.file.levels, key=lambda judged: -judged.density)


def network_title(record: VerificationRecord, network: str) -> str:
    """A network's name in words, as the evidence has it."""
    rows = (row for judged in record.file.levels for row in judged.evidence)
    titles = (row.title for row in rows if row.control == network and row.title)
    return next(titles, network.replace("-", " "))


def _curve(record: VerificationRecord, measure: Measure) -> OverDensity:
    lines = (
        DensityLine(network_title(record, network), tuple(_points(record, network, measure)))
        for network in _networks(record)
    )
    dense = _dense(record, measure)
    words = f"{record.file.evaluated_on} {metric_words(record.file.metric)}"
    return OverDensity(
        _quantity(record, measure),
        "early-stop iteration" if measure == "iterations" else words,
        tuple(lines),  # also those without points, so that a network has one colour in both figures
        None if dense is None else _density_point(1.0, None, dense),
        record.confidence,
    )


def _points(record: VerificationRecord, network: str, measure: Measure) -> Iterator[DensityPoint]:
    for judged in judged_levels(record):
        at = _at(record, network, judged, measure)
        if at is not None:
            yield _density_point(judged.density, judged.level, at)


def _density_point(density: float, level: int | None, at: Spread) -> DensityPoint:
    return DensityPoint(density, level, at.mean, at.low, at.high, at.least, at.most, at.replicates)


def _networks(record: VerificationRecord) -> list[str]:
    """The ticket, then its controls in the order of the trials; the whole network is not among them."""
    named = dict.fromkeys(trial.network for trial in record.file.trials)
    return [TICKET, *(name for name in named if name not in (TICKET, DENSE))]


def _at(record: VerificationRecord, network: str, judged: JudgedLevel, measure: Measure) -> Spread | None:
    """A network at a level; trials of no level are of every one."""
    trials = [t for t in record.file.trials if t.network == network and t.level in (None, judged.level)]
    return _spread(record, trials, measure)


def _dense(record: VerificationRecord, measure: Measure) -> Spread | None:
    """The whole network: it may have been tried beside every level, but a replicate counts once."""
    trials = [trial for trial in record.file.trials if trial.network == DENSE]
    replicates = dict.fromkeys(trial.replicate for trial in trials)
    found = (_values([trial for trial in trials if trial.replicate == index], measure) for index in replicates)
    means = [fmean(values) for values in found if values]
    return spread(means, record.confidence) if means else None


def _spread(record: VerificationRecord, trials: list[TrialRow], measure: Measure) -> Spread | None:
    values = _values(trials, measure)
    return spread(values, record.confidence) if values else None


def _values(trials: list[TrialRow], measure: Measure) -> list[float]:
    return [float(value) for trial in trials if (value := getattr(trial, measure)) is not None]


def _quantity(record: VerificationRecord, measure: Measure) -> str:
    return ITERATIONS if measure == "iterations" else record.file.metric
