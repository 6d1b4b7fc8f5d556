"""One quantity over an axis of a study: means with one standard deviation on each side."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import altair as alt

from tombola.errors import is_number
from tombola.printable import capitalised
from tombola.report.drawings.published import (
    published_over_names,
    published_over_numbers,
    published_rules,
    published_strokes,
)
from tombola.report.drawings.strokes import STAR, Stroke, stroke
from tombola.report.drawings.theme import LIGHT, Theme, layered, rows_of, styled
from tombola.report.figures.series import Series, SeriesPoint
from tombola.report.words import is_share, mean_text

_BAND = 0.16
_MANY = 40
_NARROWEST = 0.25  # an axis of numbers, of their middle


def draw_series(
    figure: Series, theme: Theme = LIGHT, width: int | Literal["container"] = 420, height: int = 280
) -> alt.LayerChart:
    """Lines with bands over numbers, points with bars over names, without a legend.

    Solid grey rules with bands are what does not vary over the axis; dashed rules, and hollow points, with a dashed
    line where there are three or more, are what somebody else published.
    """
    return styled(series_chart(figure, theme, width, height), theme)


def series_chart(
    figure: Series, theme: Theme, width: int | Literal["container"] = 420, height: int = 280
) -> alt.LayerChart:
    """The same as a part of a larger drawing."""
    rows = [_row(figure, point) for point in figure.points if point.line in figure.lines]
    drawn = _over_numbers(figure, theme) if figure.is_numeric else _over_names(figure, theme)
    title = capitalised(figure.title)
    chart: alt.LayerChart = layered(*_across(figure, theme), *published_rules(figure, theme), *drawn).properties(
        data=rows_of(*rows), title=title
    )
    tall = max(height, 26 * len({point.x for point in figure.points}) + 40) if not figure.is_numeric else height
    sized: alt.LayerChart = chart.properties(width=width, height=tall)
    return sized


def _row(figure: Series, point: SeriesPoint) -> dict[str, Any]:
    spread = point.deviation or 0.0
    text = mean_text(figure.quantity, point.mean, point.deviation)
    row: dict[str, Any] = {"line": point.line, "x": point.x, "mean": point.mean, "text": text}
    row |= {"low": point.mean - spread, "high": point.mean + spread, "replicates": point.replicates}
    return row


def series_strokes(figure: Series, theme: Theme) -> tuple[Stroke, ...]:
    """One for each line of a figure; one that is like another has its colour, and a shape of its own."""
    leads = [name for name in figure.lines if figure.like.get(name) not in figure.lines]
    drawn = {name: stroke(index, name, theme) for index, name in enumerate(leads)}
    drawn |= {name: replace(drawn[lead], name=name, shape=STAR) for name, lead in figure.like.items() if lead in drawn}
    return tuple(drawn[name] for name in figure.lines)


def legend_strokes(figures: Sequence[Series], theme: Theme) -> tuple[Stroke, ...]:
    """What the legend of figures with the same lines names: these, and what was published."""
    return (*series_strokes(figures[0], theme), *published_strokes(figures, theme)) if figures else ()


def _colours(figure: Series, theme: Theme) -> alt.Color:
    drawn = series_strokes(figure, theme)
    scale = alt.Scale(domain=[each.name for each in drawn], range=[each.colour for each in drawn])
    return alt.Color("line", type="nominal", sort=None, scale=scale, legend=None)


def _dashes(figure: Series) -> alt.StrokeDash:
    drawn = series_strokes(figure, LIGHT)
    scale = alt.Scale(domain=[each.name for each in drawn], range=[list(each.dash) for each in drawn])
    return alt.StrokeDash("line", type="nominal", sort=None, scale=scale, legend=None)


def _shapes(figure: Series) -> alt.Shape:
    drawn = series_strokes(figure, LIGHT)
    scale = alt.Scale(domain=[each.name for each in drawn], range=[each.shape for each in drawn])
    return alt.Shape("line", type="nominal", sort=None, scale=scale, legend=None)


def _measure(figure: Series, channel: Any) -> Any:
    share = is_share(figure.quantity)
    return channel(
        "mean",
        type="quantitative",
        title=None,
        scale=alt.Scale(zero=False),
        axis=alt.Axis(domain=False, tickCount=5, format="~%" if share else alt.Undefined),
    )


def _tooltip(figure: Series) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("line", type="nominal"),
        alt.Tooltip("x", type="nominal", title=figure.axis),
        alt.Tooltip("text", type="nominal", title=figure.quantity),
        alt.Tooltip("replicates", type="quantitative", format="d"),
    ]


def reach(values: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis: at its values, but a quarter of their middle apart, lest rounding looks like a difference.

    >>> reach([0.25, 0.75]), reach([3.9, 4.0, 4.1]), reach([8.0])
    ((0.25, 0.75), (3.5, 4.5), (7.0, 9.0))
    """
    low, high = min(values), max(values)
    aside = max(0.0, _NARROWEST * abs(low + high) / 2 - (high - low)) / 2
    return low - aside, high + aside


def _scale(figure: Series) -> alt.Scale:
    """Of an axis of numbers; where there is nothing over it, there are no ends to be told."""
    if figure.is_log:
        return alt.Scale(type="log", nice=False, padding=12)
    places = [*(point.x for point in figure.points), *(each.x for each in figure.theirs)]
    over = [float(x) for x in places if is_number(x)]
    return alt.Scale(domain=list(reach(over)) if over else alt.Undefined, nice=False, padding=12)


def _over_numbers(figure: Series, theme: Theme) -> list[alt.Chart]:
    ends = sorted({float(point.x) for point in figure.points})
    are_whole = all(end.is_integer() for end in ends)
    ticks = alt.Axis(grid=False, tickCount=6, tickMinStep=1 if are_whole else alt.Undefined)
    x = alt.X("x", type="quantitative", title=figure.axis, scale=_scale(figure), axis=ticks)
    base = alt.Chart().encode(x=x, color=_colours(figure, theme))
    y = _measure(figure, alt.Y)
    band = base.mark_area(opacity=_BAND, clip=True).encode(
        y=alt.Y("low", type="quantitative", scale=alt.Scale(zero=False), title=None), y2=alt.Y2("high")
    )
    line = base.mark_line(strokeWidth=2, strokeJoin="round").encode(y=y, strokeDash=_dashes(figure))
    # Over many values the points would hide the line; they stay as targets for the pointer.
    points = base.mark_point(filled=True, opacity=1 if len(ends) <= _MANY else 0, size=44).encode(
        y=y, shape=_shapes(figure), tooltip=_tooltip(figure)
    )
    return [band, *_alone(figure, base), line, points, *published_over_numbers(figure, base)]


def _alone(figure: Series, base: alt.Chart) -> list[alt.Chart]:
    """Bars for lines of one point, whose band would have no width."""
    single = [line for line in figure.lines if sum(point.line == line for point in figure.points) == 1]
    if not single:
        return []
    chosen = base.transform_filter(alt.FieldOneOfPredicate("line", single)).mark_rule(strokeWidth=2, opacity=0.6)
    return [chosen.encode(y=alt.Y("low", type="quantitative", title=None), y2=alt.Y2("high"))]


def _over_names(figure: Series, theme: Theme) -> list[alt.Chart]:
    order = [str(x) for x in dict.fromkeys(point.x for point in figure.points)]
    y = alt.Y("x", type="nominal", sort=order, title=None, axis=alt.Axis(labelLimit=220, domain=False))
    base = alt.Chart().encode(y=y, color=_colours(figure, theme))
    if len(figure.points) > len(order):  # several lines have the same name
        base = base.encode(yOffset=alt.YOffset("line", type="nominal", sort=list(figure.lines)))
    x = _measure(figure, alt.X)
    bars = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("low", type="quantitative", scale=alt.Scale(zero=False), title=None), x2=alt.X2("high")
    )
    points = base.mark_point(filled=True, opacity=1, size=52).encode(
        x=x, shape=_shapes(figure), tooltip=_tooltip(figure)
    )
    return [bars, points, *published_over_names(figure, base)]


def _across(figure: Series, theme: Theme) -> list[alt.Chart]:
    """Our own rules, solid, with one standard deviation on each side; their names at the right."""
    drawn = []
    for point in figure.rules:
        row = _row(figure, point) | {"x": "all"}
        base = alt.Chart(rows_of(row)).encode(y=_measure(figure, alt.Y), tooltip=_tooltip(figure))
        low = alt.Y("low", type="quantitative", scale=alt.Scale(zero=False), title=None)
        drawn.append(base.mark_rect(opacity=_BAND, color=theme.muted).encode(y=low, y2=alt.Y2("high")))
        drawn.append(base.mark_rule(strokeWidth=1.25, color=theme.muted))
        label = base.mark_text(text=point.line, align="right", dx=-4, dy=-7, color=theme.muted, fontSize=11)
        drawn.append(label.encode(x=alt.value("width")))
    return drawn
