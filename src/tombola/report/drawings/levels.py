"""A quantity over density, a line a network: the figures of the lottery-ticket paper."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from tombola.claims.published.number import ITERATIONS
from tombola.printable import capitalised
from tombola.report.drawings.published_tickets import (
    published_marks,
    published_points,
    published_ticket_strokes,
)
from tombola.report.drawings.strokes import Stroke, strokes
from tombola.report.drawings.theme import LIGHT, Theme, layered, rows_of, styled
from tombola.report.figures import DensityPoint, OverDensity
from tombola.report.words import is_share, measure_text

_TICKS = 6
_ASIDE = 2.5
_BAND = 0.16
_STEPS = 5  # of the upright axis, which ends on one: so the titles of two charts side by side are level
_AXIS = "density (share of weights kept)"


def draw_over_density(
    figure: OverDensity, theme: Theme = LIGHT, width: int | Literal["container"] = 420, height: int = 280
) -> alt.LayerChart:
    """The lines with their intervals as upright bars, without a legend; a rule with a band is the whole network.

    Hollow points and dashed rules are what somebody else published.
    """
    chart = density_chart(figure, theme)
    return styled(chart.properties(width=width, height=height), theme)


def level_strokes(figures: Sequence[OverDensity], theme: Theme) -> tuple[Stroke, ...]:
    """What the legend of figures with the same lines names: these, and what was published."""
    return (*strokes(figures[0], theme), *published_ticket_strokes(figures, theme)) if figures else ()


def density_chart(figure: OverDensity, theme: Theme) -> alt.LayerChart:
    """The same before the theme, to be set beside another drawing."""
    drawn = strokes(figure, theme)
    rows = [_row(index, line.name, point, figure) for index, line in enumerate(figure.lines) for point in line.points]
    layers = [*_dense(figure, theme), *published_marks(figure, _x(figure), theme), *_lines(figure, drawn)]
    layers += published_points(figure, _x(figure), _colours(drawn))
    title = capitalised(figure.title)
    chart: alt.LayerChart = layered(*layers).properties(data=rows_of(*rows), title=title)
    return chart


def _row(index: int, name: str, point: DensityPoint, figure: OverDensity) -> dict[str, Any]:
    """One point; what the pointer shows of it is text, since a number that is missing would be shown as one."""
    row: dict[str, Any] = {"line": index, "network": name, "density": point.density, "value": point.value}
    row |= {"text": measure_text(figure.quantity, point.value), "replicates": point.replicates}
    row |= {"level": "–" if point.level is None else str(point.level), "interval": "–"}
    if point.low is not None and point.high is not None:
        ends = (measure_text(figure.quantity, end) for end in (point.low, point.high))
        row |= {"low": point.low, "high": point.high, "interval": " to ".join(ends)}
    return row


def _lines(figure: OverDensity, drawn: Sequence[Stroke]) -> list[alt.Chart]:
    """Intervals below, then a line a network, the ticket's above the others, then the points."""
    base = alt.Chart().encode(x=_x(figure), y=_y(figure), color=_colours(drawn))
    last_first = [
        (stroke, aside, base.transform_filter(f"datum.line === {index}"))
        for index, (stroke, aside) in reversed(list(enumerate(zip(drawn, _asides(figure, drawn), strict=True))))
    ]
    bars = [_interval(part, aside) for _, aside, part in last_first] if _has_intervals(figure) else []
    lines = [
        part.mark_line(strokeWidth=stroke.width, strokeDash=list(stroke.dash), strokeJoin="round", xOffset=aside)
        for stroke, aside, part in last_first
    ]
    points = [
        part.mark_point(filled=True, opacity=1, size=48, shape=stroke.shape, xOffset=aside).encode(
            tooltip=_tooltip(figure)
        )
        for stroke, aside, part in last_first
        if stroke.has_points
    ]
    return [*bars, *lines, *points]


def _colours(drawn: Sequence[Stroke]) -> alt.Color:
    colours = alt.Scale(domain=[stroke.name for stroke in drawn], range=[stroke.colour for stroke in drawn])
    return alt.Color("network", type="nominal", scale=colours, legend=None)


def _asides(figure: OverDensity, drawn: Sequence[Stroke]) -> list[float]:
    """How many pixels each line stands aside, so that intervals at one density are not drawn over each other."""
    if not _has_intervals(figure):
        return [0.0] * len(drawn)
    count = sum(stroke.has_points for stroke in drawn)
    return [_ASIDE * (index - (count - 1) / 2) if stroke.has_points else 0.0 for index, stroke in enumerate(drawn)]


def _interval(part: alt.Chart, aside: float) -> alt.Chart:
    chart: alt.Chart = (
        part.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=1.25, opacity=0.7, clip=True, xOffset=aside)
        .encode(y=alt.Y("low", type="quantitative"), y2=alt.Y2("high"))
    )
    return chart


def _has_intervals(figure: OverDensity) -> bool:
    points = [point for line in figure.lines for point in line.points]
    return any(point.low is not None for point in [*points, *([figure.whole] if figure.whole else [])])


def _tooltip(figure: OverDensity) -> list[alt.Tooltip]:
    points = [point for line in figure.lines for point in line.points]
    shown = [alt.Tooltip("network", type="nominal")]
    if any(point.level is not None for point in points):
        shown.append(alt.Tooltip("level", type="nominal"))
    shown.append(alt.Tooltip("density", type="quantitative", format=".3~g"))
    shown.append(alt.Tooltip("text", type="nominal", title=figure.title))
    if _has_intervals(figure):
        share = figure.confidence
        bar = "± 1 standard deviation" if share is None else f"{100 * share:g}% interval"
        shown.append(alt.Tooltip("interval", type="nominal", title=bar))
        shown.append(alt.Tooltip("replicates", type="quantitative", format="d"))
    return shown


def _x(figure: OverDensity) -> alt.X:
    densities = figure.densities
    aside = densities[-1] ** -0.025  # so that no point stands on the edge
    return alt.X(
        "density",
        type="quantitative",
        title=_AXIS,
        scale=alt.Scale(type="log", domain=[densities[0] * aside, densities[-1] / aside], nice=False),
        axis=alt.Axis(grid=False, values=densities_marked(densities), format=".2~g", labelOverlap="greedy"),
    )


def densities_marked(densities: Sequence[float]) -> list[float]:
    """Every n-th density from 1 down, few enough to be written under an axis, and none too close to the one before.

    >>> [round(density, 3) for density in densities_marked([0.8**level for level in range(19)])]
    [1.0, 0.512, 0.262, 0.134, 0.069, 0.035, 0.018]
    >>> densities_marked([1.0, 0.5, 0.49, 0.1])
    [1.0, 0.5, 0.1]
    """
    apart = math.log(densities[0] / densities[-1]) / (2 * _TICKS)
    marked: list[float] = []
    for density in densities[:: math.ceil((len(densities) - 1) / _TICKS) or 1]:
        if not marked or math.log(marked[-1] / density) >= apart:
            marked.append(density)
    return marked


def _y(figure: OverDensity) -> alt.Y:
    share = is_share(figure.quantity)
    return alt.Y(
        "value",
        type="quantitative",
        title=None,
        scale=alt.Scale(domain=_y_domain(figure), nice=_STEPS, zero=False),
        axis=alt.Axis(
            domain=False, tickCount=5, format="~%" if share else ",d" if figure.quantity == ITERATIONS else "~g"
        ),
    )


def _y_domain(figure: OverDensity) -> list[float]:
    """All that is drawn whole; iterations from 0, so that half as many are half as high."""
    low, high = figure.range
    if figure.quantity == ITERATIONS:
        return [min(0.0, low), high or 1.0]
    room = 0.0 if low < high else 0.01 * abs(high) or 1.0
    return [low - room, high + room]


def _dense(figure: OverDensity, theme: Theme) -> list[alt.Chart]:
    """A solid rule across with its interval, and its name beside the plot, where no line can cross it."""
    if figure.whole is None:
        return []
    row = _row(-1, "dense network", figure.whole, figure) | {"dense": figure.whole.value}
    base = alt.Chart(rows_of(row)).encode(y=alt.Y("dense", type="quantitative"), tooltip=_tooltip(figure))
    rule = base.mark_rule(strokeWidth=1.25, color=theme.muted)
    label = base.mark_text(text="dense", align="left", dx=5, color=theme.muted, fontSize=11)
    band = base.mark_rect(opacity=_BAND, color=theme.muted, clip=True).encode(
        y=alt.Y("low", type="quantitative"), y2=alt.Y2("high")
    )
    return [*([] if figure.whole.low is None else [band]), rule, label.encode(x=alt.value("width"))]
