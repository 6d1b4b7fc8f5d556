"""How the lines of one chart are told apart: by colour, by shape, and where colours run out by dashes."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from tombola.report.drawings.theme import Theme, layered, rows_of
from tombola.report.figures import OverDensity

# Vega's names of shapes, and the same as paths around 0 for the legend of a page.
SHAPES = {
    "circle": "M4 0A4 4 0 1 1-4 0A4 4 0 1 1 4 0Z",
    "square": "M-3.5-3.5h7v7h-7Z",
    "triangle-up": "M0-4.5L4.5 3.5h-9Z",
    "diamond": "M0-5L4.5 0L0 5L-4.5 0Z",
    "cross": "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z",
    "triangle-down": "M0 4.5L4.5-3.5h-9Z",
}
# Of lines that have the colours of others, which shape alone tells from them: for Vega a path in a square of 2.
STAR = "M0-1.8L.42-.56L1.75-.56L.67.21L1.09 1.47L0 .7L-1.09 1.47L-.67.21L-1.75-.56L-.42-.56Z"
_STAR_PATH = "M0-5.2L1.2-1.6L5-1.6L1.9.6L3.1 4.2L0 2L-3.1 4.2L-1.9.6L-5-1.6L-1.2-1.6Z"
_DASHES = ((1, 0), (7, 3), (2, 3))


@dataclass(frozen=True)
class Stroke:
    """One line: its name and how it is drawn; a thin one has no points."""

    name: str
    colour: str
    shape: str
    dash: tuple[int, int]
    width: float
    has_points: bool = True
    is_hollow: bool = False

    @property
    def path(self) -> str:
        """The shape as an SVG path around 0."""
        return _STAR_PATH if self.shape == STAR else SHAPES[self.shape]


def strokes(figure: OverDensity, theme: Theme) -> tuple[Stroke, ...]:
    """One for each line of a figure; the first, the ticket's, is the boldest."""
    return tuple(
        Stroke(line.name, theme.ticket, "circle", (3, 3), 1.25, has_points=False)
        if line.is_aside
        else stroke(index, line.name, theme, 1.75 if index else 2.5)
        for index, line in enumerate(figure.lines)
    )


def stroke(index: int, name: str, theme: Theme, width: float = 2.0) -> Stroke:
    """The line at an index: a colour and a shape of its own; once the colours have run out, dashes and other shapes."""
    colours, shapes = (theme.ticket, theme.other, *theme.further), tuple(SHAPES)
    round_, place = divmod(index, len(colours))
    return Stroke(name, colours[place], shapes[(place + round_) % len(shapes)], _DASHES[round_ % 3], width)


def legend_chart(drawn: Sequence[Stroke], theme: Theme, width: int) -> alt.LayerChart:
    """The lines with their names, in rows, for a picture; a page has a list instead."""
    layers, x, y = [], 0.0, 0
    for stroke in drawn:
        needed = 62 + 6.8 * len(stroke.name)
        if x and x + needed > width:
            x, y = 0.0, y + 22
        layers.append(_legend_entry(stroke, theme, x, y))
        x += needed
    chart: alt.LayerChart = layered(*layers).properties(width=width, height=y + 12)
    return chart


def _legend_entry(stroke: Stroke, theme: Theme, x: float, y: int) -> alt.LayerChart:
    base = alt.Chart(rows_of({"name": stroke.name})).encode(y=alt.value(y + 6))
    line = base.mark_rule(color=stroke.colour, strokeDash=list(stroke.dash), strokeWidth=stroke.width)
    name = base.mark_text(align="left", baseline="middle", color=theme.ink).encode(
        x=alt.value(x + 40), text=alt.Text("name", type="nominal")
    )
    parts = [line.encode(x=alt.value(x), x2=alt.value(x + 32)), name]
    if stroke.has_points:
        point = base.mark_point(
            filled=not stroke.is_hollow, opacity=1, size=48, color=stroke.colour, shape=stroke.shape
        )
        parts.append(point.encode(x=alt.value(x + 16)))
    return layered(*parts)
