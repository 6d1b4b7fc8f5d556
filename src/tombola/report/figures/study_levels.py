"""The levels of a study's runs over density, averaged over replicates, beside their controls."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tombola.records import StudyRecord
from tombola.report.figures.over_density import ITERATIONS, DensityLine, DensityPoint, OverDensity, with_lines
from tombola.report.words import metric_words

TICKET = "ticket"
Values = dict[tuple[str, float, int | None], list[float]]


def study_levels(records: Iterable[StudyRecord]) -> tuple[OverDensity, ...]:
    """The metric and the early-stop iteration over density: tickets, and controls where they were trained.

    Bars are one standard deviation on each side of the mean over replicates.
    """
    given = [record for record in records if record.result is not None and len(record.result.levels) > 1]
    if not given:
        return ()
    result = given[0].result
    assert result is not None
    metric, stops = _collect(given, "metric"), _collect(given, "iterations")
    title = f"{result.evaluated_on} {metric_words(result.metric)}"
    return with_lines((_figure(result.metric, title, metric), _figure(ITERATIONS, "early-stop iteration", stops)))


@dataclass(frozen=True)
class LevelMean:
    """One point of a line, as a row of a file."""

    line: str
    level: int | None
    density: float
    mean: float
    low: float | None
    high: float | None
    replicates: int


def level_rows(figure: OverDensity) -> tuple[LevelMean, ...]:
    """All points of a figure."""
    return tuple(
        LevelMean(line.name, point.level, point.density, point.value, point.low, point.high, point.replicates)
        for line in figure.lines
        for point in line.points
    )


def _collect(records: list[StudyRecord], quantity: str) -> Values:
    found: Values = {}
    for record in records:
        assert record.result is not None
        arm = TICKET if len({other.arm for other in records}) == 1 else record.arm
        for row in record.result.levels:
            value = row.measured(record.result.metric_key) if quantity == "metric" else row.early_stop_step
            if value is not None:
                density = round(row.density, 4)
                found.setdefault((arm, density, row.level), []).append(value)
        for trial in _controls(record):
            value = trial.get(quantity)
            if isinstance(value, int | float) and trial.get("network") not in (TICKET, "dense"):
                place = (str(trial["network"]), round(float(trial["density"]), 4), trial.get("level"))
                found.setdefault(place, []).append(float(value))
    return found


def _controls(record: StudyRecord) -> list[dict[str, Any]]:
    measured: Any = record.measured.get("controls")
    return measured.get("trials", []) if isinstance(measured, dict) else []


def _figure(quantity: str, title: str, values: Values) -> OverDensity:
    names = dict.fromkeys(name for name, _, _ in values)
    lines = tuple(
        DensityLine(
            name,
            tuple(
                _point(density, level, values[name, density, level])
                for other, density, level in sorted(values, key=lambda key: -key[1])
                if other == name and level != 0
            ),
        )
        for name in names
    )
    dense = [statistics.fmean(found) for (_, _, level), found in values.items() if level == 0]
    return OverDensity(quantity, title, lines, statistics.fmean(dense) if dense else None)


def _point(density: float, level: int | None, values: list[float]) -> DensityPoint:
    mean = statistics.fmean(values)
    if len(values) == 1:
        return DensityPoint.single(density, level, mean)
    deviation = statistics.stdev(values)
    return DensityPoint(density, level, mean, mean - deviation, mean + deviation, min(values), max(values), len(values))
