"""The figures of a study: its runs averaged over replicates, over the axis that has most to show."""

import re
import statistics
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tombola.records import StudyRecord
from tombola.records.points import NO_ENTRIES, NOTHING
from tombola.records.spelling import flat, in_order
from tombola.report.figures.series import Series, SeriesPoint, are_numbers
from tombola.report.figures.theirs import theirs_across, theirs_along
from tombola.report.words import metric_words

Flat = list[tuple[StudyRecord, dict[str, Any]]]  # records with the values of their axes
PANES = ("model",)  # axes that part a study into figures of their own
WIDE = 50


def study_figures(records: Iterable[StudyRecord]) -> tuple[Series, ...]:
    """The final metric and loss over the axis with most numbers, two figures a model; none where nothing varies."""
    found = [
        figure
        for pane, own in panes(records).items()
        for quantity in ("metric", "loss")
        if (figure := _figure([(record, plain_values(record)) for record in own], pane, quantity)) is not None
    ]
    lines = tuple(dict.fromkeys(line for figure in found for line in figure.lines))
    return tuple(replace(figure, lines=lines) for figure in found)  # a line looks alike in all of them


def plain_values(record: StudyRecord) -> dict[str, Any]:
    """The values of a record's axes, lists as text; text that reads as a list does stands in quotes."""
    return {name: _plain(value) for name, value in record.values.items()}


def _plain(value: Any) -> Any:
    return f'"{value}"' if isinstance(value, str) and " " in value else flat(value)


def varying_axes(records: Iterable[StudyRecord]) -> list[str]:
    """The axes of which records have two values or more."""
    points = [plain_values(record) for record in records]
    names = dict.fromkeys(name for point in points for name in point)
    return [name for name in names if len({point[name] for point in points if name in point}) > 1]


def panes(records: Iterable[StudyRecord]) -> dict[str, list[StudyRecord]]:
    """The records of each figure, by what it is of: a model, where these vary; numbers in names by their size."""
    found: dict[str, list[StudyRecord]] = {}
    for record in records:
        values = plain_values(record)
        found.setdefault(" ".join(str(values[axis]) for axis in PANES if axis in values), []).append(record)
    return {name: found[name] for name in sorted(found, key=_natural)}


def _figure(flat: Flat, pane: str, quantity: str) -> Series | None:
    finished = [(record, point) for record, point in flat if _value(record, quantity) is not None]
    varying = {
        name: _values(finished, name) for name in varying_axes(record for record, _ in finished) if name not in PANES
    }
    if not varying:
        return None
    axis = max(varying, key=lambda name: (are_numbers(varying[name]), _most_in_an_arm(finished, name)))
    along = [(record, point) for record, point in finished if axis in point]
    others = [name for name in varying if name != axis and not _follows(name, axis, along)]
    named, across = _grouped(finished, axis, others)
    if not are_numbers(varying[axis]):  # then each has a name of its own among the names
        named |= {(found[0].arm, line): found for line, found in across.items()}
        across = {}
    result = finished[0][0].result
    assert result is not None
    name = result.metric if quantity == "metric" else quantity
    title = f"{result.evaluated_on} {metric_words(name)}"
    ordered = sorted(named, key=lambda key: (_natural(key[0]), in_order(key[1])))
    return Series(
        quantity=name,
        title=f"{pane}: {title}" if pane else title,
        axis=axis.rpartition(".")[2].replace("_", " "),
        lines=tuple(dict.fromkeys(line for line, _ in ordered)),
        points=_means({key: named[key] for key in ordered}, quantity),
        across=_means({(line, ""): across[line] for line in sorted(across, key=_natural)}, quantity),
        is_log=_is_wide(x for _, x in named),
        pane=pane,
        theirs=(*theirs_along({key: named[key] for key in ordered}, axis, name), *theirs_across(across, name)),
    )


Groups = dict[tuple[str, Any], list[StudyRecord]]


def _grouped(finished: Flat, axis: str, others: list[str]) -> tuple[Groups, dict[str, list[StudyRecord]]]:
    """Replicates by line and value of the axis; and those that do not vary over it, by line."""
    named: Groups = {}
    across: dict[str, list[StudyRecord]] = {}
    for (record, point), line in zip(finished, _lines(finished, axis, others), strict=True):
        if axis in point:
            named.setdefault((line, _place(point[axis])), []).append(record)
        else:
            across.setdefault(line, []).append(record)
    return named, across


def _lines(finished: Flat, axis: str, others: list[str]) -> list[str]:
    """The lines of records: what different runs would share, at one value of the axis, ends with their whole place."""
    arms = {record.arm for record, _ in finished}
    lines = [line_name(record, point, others, arms) for record, point in finished]
    spots = [(line, _place(point.get(axis))) for (_, point), line in zip(finished, lines, strict=True)]
    places: dict[tuple[str, Any], set[str]] = {}
    for spot, (record, _) in zip(spots, finished, strict=True):
        places.setdefault(spot, set()).add(record.whole_place)
    return [
        line if len(places[spot]) == 1 else f"{line} {record.whole_place}"
        for line, spot, (record, _) in zip(lines, spots, finished, strict=True)
    ]


def _follows(name: str, axis: str, along: Flat) -> bool:
    """Whether an axis changes together with another: at each value of that it has one of its own in an arm."""
    places: dict[tuple[str, Any], set[str]] = {}
    for record, point in along:
        if name in point:
            places.setdefault((record.arm, point[axis]), set()).add(str(point[name]))
    return len({place for _, place in places}) > 1 and all(len(values) == 1 for values in places.values())


def _is_wide(places: Iterable[Any]) -> bool:
    """Whether numbers lie so far apart that the small ones would fall together."""
    given = list(places)
    return are_numbers(given) and min(given) > 0 and max(given) / min(given) >= WIDE


def line_name(record: StudyRecord, point: Mapping[str, Any], others: list[str], arms: Collection[str]) -> str:
    """What tells a line from the others: its arm, where there are several, and the values of the other axes."""
    parts = [record.arm] if len(arms) > 1 else []
    parts += [short(name, point[name]) for name in others if name in point]
    return ", ".join(parts) or record.arm


def short(name: str, value: Any) -> str:
    """A value of an axis, with the axis where the value alone would not tell."""
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, str) and value not in (NOTHING, NO_ENTRIES):
        return value
    words = name.rpartition(".")[2].replace("_", " ")
    return f"{words} {value}" if isinstance(value, str) else f"{words} {value:g}"


def _means(groups: Groups, quantity: str) -> tuple[SeriesPoint, ...]:
    found = (mean_of(line, x, records, quantity) for (line, x), records in groups.items())
    return tuple(point for point in found if point is not None)


def mean_of(line: str, x: Any, records: list[StudyRecord], quantity: str) -> SeriesPoint | None:
    """The mean of the metric, or the loss, over replicates; None where none has it."""
    values = [value for record in records if (value := _value(record, quantity)) is not None]
    if not values:
        return None
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return SeriesPoint(line, x, statistics.fmean(values), deviation, len(values))


def _value(record: StudyRecord, quantity: str) -> float | None:
    if record.result is None:
        return None
    return record.result.reported if quantity == "metric" else record.result.reported_loss


def _values(flat: Flat, name: str) -> list[Any]:
    return list(dict.fromkeys(point[name] for _, point in flat if name in point))


def _most_in_an_arm(flat: Flat, name: str) -> int:
    """Over how many values an arm varies at most: axes that change together may have others in each arm."""
    found: dict[str, set[Any]] = {}
    for record, point in flat:
        if name in point:
            found.setdefault(record.arm, set()).add(point[name])
    return max(map(len, found.values()))


def by_place(record: StudyRecord) -> tuple[Any, ...]:
    """Sorts records by arm, values and seed, numbers as numbers."""
    return record.arm, [in_order(value) for value in record.values.values()], record.seed


def _natural(line: str) -> list[tuple[int, Any]]:
    """The numbers in a name by their size.

    >>> sorted(["levels 10", "levels 2"], key=_natural)
    ['levels 2', 'levels 10']
    """
    parts = re.split(r"(\d+(?:\.\d+)?)", line)
    return [(0, float(part)) if at % 2 else (1, part) for at, part in enumerate(parts)]


def _place(value: Any) -> Any:
    """A value of an axis as a place on it: what is true or false is a name."""
    return str(value).lower() if isinstance(value, bool) else value
