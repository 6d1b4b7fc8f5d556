"""The levels of a study's runs over density, averaged over replicates, beside their controls."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tombola.records import StudyRecord
from tombola.report.figures.over_density import ITERATIONS, DensityLine, DensityPoint, OverDensity, with_lines
from tombola.report.figures.study import by_place, line_name, plain_values, varying_axes
from tombola.report.words import metric_words

TICKET, DENSE = "ticket", "dense"
DENSITY = "density"


class Place(NamedTuple):
    """One point of a figure: its line, the density that its runs end at, where that is an axis, and the level."""

    line: str
    end: Any
    level: int | None


@dataclass
class Gathered:
    """What replicates came to at one level of one line."""

    densities: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    @property
    def density(self) -> float:
        """Of the level; replicates may differ by the rounding of a count."""
        return statistics.fmean(self.densities)


Values = dict[Place, Gathered]


def study_levels(records: Iterable[StudyRecord]) -> tuple[OverDensity, ...]:
    """The metric and the early-stop iteration over density: tickets, and controls where they were trained.

    Bars are one standard deviation on each side of the mean over replicates.
    """
    given = [record for record in records if record.result is not None and len(record.result.levels) > 1]
    given.sort(key=by_place)  # which gives the lines their order
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
    for record, line in zip(records, _lines(records), strict=True):
        assert record.result is not None
        end = record.values.get(DENSITY)
        for row in record.result.levels:
            value = row.measured(record.result.metric_key) if quantity == "metric" else row.early_stop_step
            _add(found, Place(line, end, row.level), row.density, value)
        trials = () if record.measured.controls is None else record.measured.controls.trials
        densities = {trial.level: trial.density for trial in trials if trial.network == TICKET}
        for trial in trials:  # the dense network stands where the ticket does that it was trained beside
            name = f"{trial.network}, in isolation" if trial.network in (TICKET, DENSE) else trial.network
            value = trial.metric if quantity == "metric" else trial.iterations
            place = Place(name if line == TICKET else f"{line}, {name}", end, trial.level)
            _add(found, place, densities.get(trial.level, trial.density), value)
    return found


def _lines(records: list[StudyRecord]) -> list[str]:
    """The line that each record belongs to: its arm and its axes but for the density, which is the figure's own."""
    flat = [(record, plain_values(record)) for record in records]
    varying = [name for name in varying_axes(flat) if name != DENSITY]
    arms = {record.arm for record in records}
    names = [line_name(record, point, varying, arms) for record, point in flat]
    return names if len(set(names)) > 1 else [TICKET] * len(names)


def _add(found: Values, place: Place, density: float, value: Any) -> None:
    if isinstance(value, int | float):
        gathered = found.setdefault(place, Gathered())
        gathered.densities.append(density)
        gathered.values.append(float(value))


def _figure(quantity: str, title: str, values: Values) -> OverDensity:
    names = dict.fromkeys(place.line for place in values)
    lines = tuple(
        DensityLine(
            name,
            tuple(
                _point(values[place], place.level)
                for place in sorted(values, key=lambda place: -values[place].density)
                if place.line == name and place.level != 0
            ),
        )
        for name in names
    )
    dense = [statistics.fmean(gathered.values) for place, gathered in values.items() if place.level == 0]
    return OverDensity(quantity, title, lines, statistics.fmean(dense) if dense else None)


def _point(gathered: Gathered, level: int | None) -> DensityPoint:
    density, values = gathered.density, gathered.values
    mean = statistics.fmean(values)
    if len(values) == 1:
        return DensityPoint.single(density, level, mean)
    deviation = statistics.stdev(values)
    return DensityPoint(density, level, mean, mean - deviation, mean + deviation, min(values), max(values), len(values))
