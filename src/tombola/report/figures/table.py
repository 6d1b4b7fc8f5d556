"""A table of ours beside what was published."""

from dataclasses import dataclass

from tombola.claims.published import Published
from tombola.report.figures.series import Series, SeriesPoint
from tombola.report.words import mean_text


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

    @property
    def has_published(self) -> bool:
        """Whether a published number stands in it."""
        return any(cell.published for _, cells in self.rows for cell in cells)


def series_table(figure: Series) -> Table:
    """The numbers of a figure: one row a value of the axis, one column a line; what lies across comes last."""
    ours = {(point.line, point.x): point for point in (*figure.points, *figure.across)}
    xs = list(dict.fromkeys(x for _, x in [*ours, *((each.line, each.x) for each in figure.theirs)] if x != ""))
    if figure.is_numeric:
        xs.sort()
    rows = [
        (
            x if isinstance(x, str) else f"{x:g}",
            tuple(cell(figure.quantity, ours.get((line, x)), figure.told(line, x)) for line in figure.lines),
        )
        for x in xs
    ]
    rows += [(point.line, (cell(figure.quantity, point, figure.told(point.line, point.x)),)) for point in figure.across]
    return Table(figure.title, (figure.axis, *figure.lines), tuple(rows))


def cell(unit: str, ours: SeriesPoint | None, theirs: Published | None) -> Cell:
    """A mean of ours with what was published beneath it; either may be missing."""
    text = "" if ours is None else mean_text(unit, ours.mean, ours.deviation)
    return Cell(text, published_text(unit, theirs), ours, theirs)


def published_text(quantity: str, theirs: Published | None) -> str:
    """A published number, and how sure it is where it is not the authors'."""
    if theirs is None:
        return ""
    text = mean_text(quantity, theirs.value, theirs.deviation)
    return text if theirs.certainty == "author" else f"{text}, {theirs.certainty}"
