"""A quantity over the epochs."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from tombola.printable import capitalised
from tombola.report.drawings.theme import LIGHT, Theme, layered, rows_of, styled
from tombola.report.figures import Curve, CurvePoint, thinned
from tombola.report.words import is_share, metric_words

_MANY = 40
_DENSE = 200
_MOST = 320  # points of a line on a chart; the rest would only make the page larger


def draw_curve(
    curve: Curve, theme: Theme = LIGHT, width: int | Literal["container"] = 420, height: int = 230
) -> alt.LayerChart:
    """Training and held-out data as two lines; a dashed rule marks the epoch that was chosen.

    Of very many points those are drawn that make the same line, see `thinned`.
    """
    rows = [_row(point) for data in ("train", curve.held_out) for point in _drawn(curve, data)]
    words = metric_words(curve.quantity)
    layers = [_lines(curve, theme, words)] + ([_chosen(curve, theme)] if curve.chosen_epoch is not None else [])
    title = capitalised(words)
    chart = layered(*layers).properties(data=rows_of(*rows), width=width, height=height, title=title)
    return styled(chart, theme)


def _drawn(curve: Curve, data: str | None) -> tuple[CurvePoint, ...]:
    return thinned([point for point in curve.points if point.data == data], _MOST, curve.chosen_epoch)


def _row(point: CurvePoint) -> dict[str, Any]:
    row = {"epoch": point.epoch, "data": point.data, "value": point.value}
    if point.step is None:
        return row
    # Rounded: sixteen digits of each of many numbers are half a page of digits.
    return row | {"epoch": float(f"{point.epoch:.6g}"), "value": float(f"{point.value:.5g}"), "step": point.step}


def _epochs_marked(epochs: Sequence[float], most: int = 8) -> list[int]:
    """Whole epochs at even distances, the first among them; none where fewer than two are in sight.

    >>> _epochs_marked([1, 2, 3]), _epochs_marked(range(1, 101))
    ([1, 2, 3], [1, 14, 27, 40, 53, 66, 79, 92])
    >>> _epochs_marked([0.5, 4.2]), _epochs_marked([0.1, 0.9, 1.3])
    ([1, 2, 3, 4], [])
    """
    first, last = math.ceil(epochs[0]), math.floor(epochs[-1])
    marked = list(range(first, last + 1, max(1, math.ceil((last - first + 1) / most))))
    return marked if len(marked) > 1 or first == epochs[0] == epochs[-1] else []


def _epoch_axis(epochs: Sequence[float]) -> alt.Axis:
    marked = _epochs_marked(epochs)
    return alt.Axis(grid=False, format="d", values=marked) if marked else alt.Axis(grid=False, format="~g", tickCount=6)


def _lines(curve: Curve, theme: Theme, words: str) -> alt.LayerChart:
    epochs = sorted({point.epoch for point in curve.points})
    share, within = is_share(curve.quantity), any(point.step is not None for point in curve.points)
    data = ["train", *([curve.held_out] if curve.held_out else [])]
    base = alt.Chart().encode(
        x=alt.X(
            "epoch",
            type="quantitative",
            title="epoch",
            scale=alt.Scale(nice=False, domain=[epochs[0], epochs[-1] if epochs[-1] > epochs[0] else epochs[0] + 1]),
            axis=_epoch_axis(epochs),
        ),
        y=alt.Y(
            "value",
            type="quantitative",
            title=words + (" (share of examples)" if share else ""),
            scale=alt.Scale(zero=False),
            axis=alt.Axis(domain=False, tickCount=5, format="~%" if share else alt.Undefined),
        ),
        color=alt.Color(
            "data",
            type="nominal",
            scale=alt.Scale(domain=data, range=[theme.other, theme.ticket][: len(data)]),
            legend=alt.Legend(title=None, orient="top", direction="horizontal", symbolType="stroke", offset=20),
        ),
        tooltip=[
            alt.Tooltip("data", type="nominal"),
            alt.Tooltip("epoch", type="quantitative", format=".3~f" if within else "d"),
            *([alt.Tooltip("step", type="quantitative", title="iteration", format=",")] if within else []),
            alt.Tooltip("value", type="quantitative", title=words, format=".2%" if share else ".4~g"),
        ],
    )
    # Over many epochs the points would hide the line; they stay as targets for the pointer.
    points = base.mark_point(filled=True, size=45, opacity=1 if len(epochs) <= _MANY else 0)
    return layered(base.mark_line(strokeWidth=2.25 if len(epochs) <= _DENSE else 1.5, strokeCap="round"), points)


def _chosen(curve: Curve, theme: Theme) -> alt.LayerChart:
    first = min(point.epoch for point in curve.points)
    last = max(point.epoch for point in curve.points)
    late = curve.chosen_epoch is not None and curve.chosen_epoch > (first + last) / 2
    text = "early stop" if curve.early_stop else "chosen"
    base = alt.Chart(rows_of({"epoch": curve.chosen_epoch})).encode(x=alt.X("epoch", type="quantitative"))
    rule = base.mark_rule(strokeDash=[4, 4], color=theme.muted)
    label = base.mark_text(
        text=text, align="right" if late else "left", dx=-6 if late else 6, y=-9, color=theme.muted, fontSize=11
    )
    return layered(rule, label)
