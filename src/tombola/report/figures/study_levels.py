"""The levels of a study's runs over density, averaged over replicates, beside their controls."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tombola.claims.published.number import ITERATIONS
from tombola.records import StudyRecord
from tombola.records.level_row import LevelRow
from tombola.report.figures.over_density import DensityLine, DensityPoint, OverDensity, with_lines
from tombola.report.figures.study import PANES, by_place, line_name, panes, plain_values, varying_axes
from tombola.report.figures.their_levels import beside_theirs
from tombola.report.words import density_text, metric_words
from tombola.verification import DENSE, TICKET

DENSITY = "density"


class LevelPlace(NamedTuple):
    """One point of a figure: its line, the density that its runs end at, where that is an axis, and the level."""

    line: str
    end: Any
    level: int | None


@dataclass
class Gathered:
    """What replicates came to at one level of one line: of each seed all that searches to several ends found there."""

    densities: list[float] = field(default_factory=list)
    of_seed: dict[int, list[float]] = field(default_factory=dict)

    @property
    def density(self) -> float:
        """Of the level; replicates may differ by the rounding of a count."""
        return statistics.fmean(self.densities)

    @property
    def values(self) -> list[float]:
        """One a seed: searches that only end elsewhere pass through the same networks, which count once."""
        return [statistics.fmean(found) for found in self.of_seed.values()]

    def take(self, other: "Gathered") -> None:
        """Add what else was gathered of the same level."""
        self.densities += other.densities
        for seed, values in other.of_seed.items():
            self.of_seed.setdefault(seed, []).extend(values)


Values = dict[LevelPlace, Gathered]


def study_levels(records: Iterable[StudyRecord]) -> tuple[OverDensity, ...]:
    """The metric and the early-stop iteration over density, two figures a model: tickets, and controls if there are.

    The dense network is one line across, or the first point of each line where searches began with different ones.
    Bars are one standard deviation on each side of the mean over replicates.
    """
    given = [record for record in records if record.result is not None and len(record.result.levels) > 1]
    given.sort(key=by_place)  # which gives the lines their order
    line_of = _namer(given)
    found = [
        _figure(pane, quantity, own, line_of)
        for pane, own in panes(given).items()
        for quantity in ("metric", ITERATIONS)
    ]
    names = dict.fromkeys(line.name for figure in found for line in figure.lines)
    return with_lines(replace(figure, lines=_filled(names, figure.lines)) for figure in found)


def _filled(names: Iterable[str], lines: tuple[DensityLine, ...]) -> tuple[DensityLine, ...]:
    """Lines of all names, so that a line looks alike in all figures; those that a figure has not are empty."""
    there = {line.name: line for line in lines}
    return tuple(there.get(name, DensityLine(name, ())) for name in names)


def _collect(records: list[StudyRecord], quantity: str, line_of: Callable[[StudyRecord], str]) -> Values:
    found: Values = {}
    for record in records:
        assert record.result is not None
        line, end = line_of(record), record.values.get(DENSITY)
        for row in record.result.levels:
            _add(found, LevelPlace(line, end, row.level), row.density, record.seed, _value(record, row, quantity))
        trials = () if record.measured.controls is None else record.measured.controls.trials
        densities = {trial.level: trial.density for trial in trials if trial.network == TICKET}
        for trial in trials:  # the dense network stands where the ticket does that it was trained beside
            name = f"{trial.network}, in isolation" if trial.network in (TICKET, DENSE) else trial.network
            value = trial.metric if quantity == "metric" else trial.iterations
            place = LevelPlace(name if line == TICKET else f"{line}, {name}", end, trial.level)
            _add(found, place, densities.get(trial.level, trial.density), record.seed, value)
    return _pooled(found)


def _pooled(values: Values) -> Values:
    """The levels of searches that only end elsewhere, where they are of one number and one density, as one."""
    first: dict[tuple[str, int | None, str], LevelPlace] = {}
    pooled: Values = {}
    for place, gathered in values.items():
        same = first.setdefault((place.line, place.level, density_text(gathered.density)), place)
        pooled.setdefault(same, Gathered()).take(gathered)
    return pooled


def _value(record: StudyRecord, row: LevelRow, quantity: str) -> float | None:
    assert record.result is not None
    return row.measured(record.result.metric_key) if quantity == "metric" else row.iterations


def _namer(records: list[StudyRecord]) -> Callable[[StudyRecord], str]:
    """Names the line of a record: by its arm, and by its axes but for those that are a figure's own."""
    varying = [name for name in varying_axes(records) if name not in (DENSITY, *PANES)]
    arms = {record.arm for record in records}

    def line_of(record: StudyRecord) -> str:
        return line_name(record, plain_values(record), varying, arms)

    return line_of if len(set(map(line_of, records))) > 1 else lambda _: TICKET


def _dense(records: list[StudyRecord], quantity: str) -> DensityPoint | None:
    """The mean over seeds of the dense networks that searches began with; None where two of one seed differ."""
    found: dict[int, set[float]] = {}
    for record in records:
        assert record.result is not None
        values = (_value(record, row, quantity) for row in record.result.levels if row.level == 0)
        found.setdefault(record.seed, set()).update(value for value in values if value is not None)
    if not any(found.values()) or any(len(values) > 1 for values in found.values()):
        return None
    return _point(1.0, [value for values in found.values() for value in values], 0)


def _add(found: Values, place: LevelPlace, density: float, seed: int, value: Any) -> None:
    if isinstance(value, int | float):
        found.setdefault(place, Gathered()).take(Gathered([density], {seed: [float(value)]}))


def _figure(pane: str, quantity: str, records: list[StudyRecord], line_of: Callable[[StudyRecord], str]) -> OverDensity:
    result = records[0].result
    assert result is not None
    values = _collect(records, quantity, line_of)
    of_metric = f"{result.evaluated_on} {metric_words(result.metric)}"
    name, title = {"metric": (result.metric, of_metric), ITERATIONS: (ITERATIONS, "early-stop iteration")}[quantity]
    dense = _dense(records, quantity)
    tickets = {line_of(record): record for record in records}
    names = dict.fromkeys(place.line for place in values)
    lines = tuple(
        DensityLine(
            name,
            tuple(
                _point(values[place].density, values[place].values, place.level)
                for place in sorted(values, key=lambda place: -values[place].density)
                if place.line == name and (place.level != 0 or dense is None)
            ),
        )
        for name in names
    )
    figure = OverDensity(name, f"{pane}: {title}" if pane else title, lines, dense, pane=pane)
    return beside_theirs(figure, tickets)


def _point(density: float, values: list[float], level: int | None) -> DensityPoint:
    mean = statistics.fmean(values)
    if len(values) == 1:
        return DensityPoint.single(density, level, mean)
    deviation = statistics.stdev(values)
    return DensityPoint(density, level, mean, mean - deviation, mean + deviation, min(values), max(values), len(values))
