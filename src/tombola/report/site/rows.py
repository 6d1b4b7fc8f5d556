"""What the figures and tables of a study's page show, as rows of files; each says what it is a row of."""

from collections.abc import Iterator
from dataclasses import dataclass

from tombola.claims.published import Published
from tombola.report.figures import DensityPoint, OverDensity, TheirTicket
from tombola.report.figures.series import Series, SeriesPoint
from tombola.report.figures.table import Table
from tombola.report.site.study_of import StudyOf
from tombola.verification import DENSE


@dataclass(frozen=True)
class SeriesRow:
    """One place of a figure over an axis, ours and theirs; `x` is None where the line lies across."""

    study: str
    preset: str
    model: str
    quantity: str
    axis: str
    line: str
    x: float | str | None
    mean: float | None
    deviation: float | None
    replicates: int
    published: float | None
    certainty: str | None
    source: str | None


@dataclass(frozen=True)
class LevelsRow:
    """One point of a figure over the levels of pruning, or one published number.

    A published one has the name of what it is of, and with `drawn_at` and `drawn` the place where it is drawn, which is
    none on an axis that it lies along.
    """

    study: str
    preset: str
    model: str
    quantity: str
    line: str
    level: int | None
    density: float | None
    mean: float | None
    deviation: float | None
    replicates: int
    published: float | None
    certainty: str | None
    source: str | None
    drawn_at: float | None
    drawn: float | None


@dataclass(frozen=True)
class TableRow:
    """One cell of a table that has numbers."""

    study: str
    preset: str
    table: str
    row: str
    column: str
    mean: float
    deviation: float | None
    replicates: int
    published: float | None
    published_deviation: float | None
    certainty: str | None
    source: str | None


def series_rows(study: StudyOf, figure: Series) -> tuple[SeriesRow, ...]:
    """All that a figure shows, what lies across at the end."""
    about = (study.part.name, study.preset, figure.pane or study.models, figure.quantity, figure.axis)
    ours = {(point.line, point.x): point for point in (*figure.points, *figure.across)}
    places = dict.fromkeys([*ours, *((each.line, each.x) for each in figure.theirs)])
    return tuple(
        SeriesRow(*about, line, None if x == "" else x, *_means(ours.get((line, x))), *_told(figure.told(line, x)))
        for line, x in sorted(places, key=lambda place: _order(figure, *place))
    )


def _order(figure: Series, line: str, x: float | str) -> tuple[bool, int, float]:
    """Line by line, along an axis of numbers; names keep their order."""
    at = figure.lines.index(line) if line in figure.lines else len(figure.lines)
    return x == "", at, x if isinstance(x, int | float) else 0.0


def _means(point: SeriesPoint | None) -> tuple[float | None, float | None, int]:
    return (None, None, 0) if point is None else (point.mean, point.deviation, point.replicates)


def _told(told: Published | None) -> tuple[float | None, str | None, str | None]:
    return (None, None, None) if told is None else (_plain(told.value), told.certainty, told.source)


def _plain(value: float) -> float:
    """A published number without what halves of bits add to it: 86.07 / 100 is 0.8607."""
    return float(f"{value:.10g}")


def level_rows(study: StudyOf, figure: OverDensity) -> tuple[LevelsRow, ...]:
    """All points of a figure, the dense network, and what was published."""
    about = (study.part.name, study.preset, figure.pane or study.models)
    found = [(line.name, point) for line in figure.lines for point in line.points]
    found += [] if figure.whole is None else [(DENSE, figure.whole)]
    ours = (
        LevelsRow(*about, figure.quantity, name, point.level, point.density, *_point(point), *_told(None), None, None)
        for name, point in found
    )
    return (*ours, *(_their_row(about, each) for each in figure.theirs))


def _their_row(about: tuple[str, str, str], each: TheirTicket) -> LevelsRow:
    told = each.told
    ours: tuple[None, None, int] = (None, None, 0)
    place = (each.line, None, told.ticket_density)
    return LevelsRow(*about, told.name, *place, *ours, *_told(told), each.density, each.value)


def table_rows(study: StudyOf, name: str, table: Table) -> tuple[TableRow, ...]:
    """One row a cell, so that means, deviations and what was published are numbers of their own."""
    return tuple(_table_rows(study, name, table))


def _table_rows(study: StudyOf, name: str, table: Table) -> Iterator[TableRow]:
    for row, cells in table.rows:
        for column, cell in zip(table.columns[1:], cells, strict=False):
            if (ours := cell.ours) is not None:
                about = (study.part.name, study.preset, name, row, column)
                value, certainty, source = _told(cell.theirs)
                spread = None if cell.theirs is None else cell.theirs.deviation
                means = (ours.mean, ours.deviation, ours.replicates)
                yield TableRow(*about, *means, value, spread, certainty, source)


def _point(point: DensityPoint) -> tuple[float, float | None, int]:
    return point.value, None if point.high is None else point.high - point.value, point.replicates
