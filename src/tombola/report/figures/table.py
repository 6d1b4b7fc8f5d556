"""A table of ours beside what was published."""

from dataclasses import dataclass

from tombola.claims.published import Published
from tombola.report.figures.series import Series, SeriesPoint
from tombola.report.words import mean_text, measure_text


@dataclass(frozen=True)
class Cell:
    """One number as text, and the published one beneath it; `ours` and `theirs` are what the texts say."""

    text: str = ""
    published: str = ""
    ours: SeriesPoint | None = None
    theirs: Published | None = None


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        title: of the table.
        columns: the heads, that of the names first.
        rows: each a name and its cells.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def series_table(figure: Series) -> Table:
    """The numbers of a figure: one row a value of the axis, one column a line; what lies across comes last."""
    xs = list(dict.fromkeys(point.x for point in figure.points))
    if figure.is_numeric:
        xs.sort()
    cells = {(point.line, point.x): _cell(figure, point) for point in figure.points}
    rows = [
        (x if isinstance(x, str) else f"{x:g}", tuple(cells.get((line, x), Cell()) for line in figure.lines))
        for x in xs
    ]
    rows += [(point.line, (_cell(figure, point),)) for point in figure.across]
    return Table(figure.title, (figure.axis, *figure.lines), tuple(rows))


def cell(unit: str, ours: SeriesPoint, theirs: Published | None) -> Cell:
    """A mean of ours with what was published beneath it."""
    return Cell(mean_text(unit, ours.mean, ours.deviation), published_text(unit, theirs), ours, theirs)


def published_text(quantity: str, theirs: Published | None) -> str:
    """A published number, and how sure it is where it is not the authors'."""
    if theirs is None:
        return ""
    text = mean_text(quantity, theirs.value, theirs.deviation)
    return text if theirs.certainty == "author" else f"{text}, {theirs.certainty}"


def _cell(figure: Series, point: SeriesPoint) -> Cell:
    text = mean_text(figure.quantity, point.mean, point.deviation)
    if point.published is None:
        return Cell(text)
    return Cell(text, f"{measure_text(figure.quantity, point.published)}, {point.certainty}")
