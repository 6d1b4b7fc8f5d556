"""`PaperFigures`: what a paper shows, made of our records; and means over seeds to make it of."""

import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tombola.claims.published import Published
from tombola.records import StudyRecord
from tombola.report.figures.series import Series, SeriesPoint, Theirs
from tombola.report.figures.table import Table


@dataclass(frozen=True)
class PaperFigure:
    """One figure of a paper.

    Attributes:
        name: in the paper, such as `Figure 1`.
        words: the caption.
        series: what is drawn; None where records are missing.
        missing: which.
    """

    name: str
    words: str
    series: Series | None
    missing: str = ""

    @property
    def slug(self) -> str:
        """The name as part of a file's."""
        return "-".join(re.findall("[a-z0-9]+", self.name.lower()))


@dataclass(frozen=True)
class PaperTable:
    """One table of a paper; `words` is its caption."""

    name: str
    words: str
    table: Table | None
    missing: str = ""


@dataclass(frozen=True)
class PaperFigures:
    """All that a paper shows."""

    figures: tuple[PaperFigure, ...] = ()
    tables: tuple[PaperTable, ...] = ()


Curve = Mapping[float, float]  # x -> value, of one replicate


def finished(records: Iterable[StudyRecord]) -> tuple[StudyRecord, ...]:
    """Those that have a result: the others diverged or collapsed."""
    return tuple(record for record in records if record.result is not None)


def mean_point(line: str, x: float | str, values: Sequence[float]) -> SeriesPoint:
    """The mean over replicates, with their standard deviation where there are two or more."""
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return SeriesPoint(line, x, statistics.fmean(values), deviation, len(values))


def mean_curve(line: str, curves: Iterable[Curve]) -> tuple[SeriesPoint, ...]:
    """Curves of several replicates as one: their mean at each x that all of them have."""
    given = [curve for curve in curves if curve]
    places = sorted(set.intersection(*map(set, given))) if given else []
    return tuple(mean_point(line, x, [curve[x] for curve in given]) for x in places)


def theirs_at(line: str, told: Mapping[float | str, Published | None]) -> tuple[Theirs, ...]:
    """What was published for a line, by its places."""
    return tuple(Theirs(line, x, each) for x, each in told.items() if each is not None)


def series(
    quantity: str, title: str, axis: str, points: Sequence[SeriesPoint], theirs: tuple[Theirs, ...] = ()
) -> Series | None:
    """A figure of points; None where there are none."""
    lines = tuple(dict.fromkeys(point.line for point in points))
    return Series(quantity, title, axis, lines, tuple(points), (), theirs=theirs) if points else None
