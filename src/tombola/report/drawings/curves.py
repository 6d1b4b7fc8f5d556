"""A quantity over the epochs."""

import math
from typing import Literal

import altair as alt

from tombola.report.drawings.theme import LIGHT, Theme, layered, rows_of, styled
from tombola.report.figures import Curve
from tombola.report.words import is_share, metric_words

_MANY = 40


def draw_curve(
    curve: Curve, theme: Theme = LIGHT, width: int | Literal["container"] = 420, height: int = 230
) -> alt.LayerChart:
    """Training and held-out data as two lines; a dashed rule marks the epoch that was chosen."""
    rows = [{"epoch": point.epoch, "data": point.data, "value": point.value} for point in curve.points]
    words = metric_words(curve.quantity)
    layers = [_lines(curve, theme, words)] + ([_chosen(curve, theme)] if curve.chosen_epoch is not None else [])
    title = words[:1].upper() + words[1:]
    chart = layered(*layers).properties(data=rows_of(*rows), width=width, height=height, title=title)
    return styled(chart, theme)


def _epochs_marked(epochs: list[int], most: int = 8) -> list[int]:
    """Whole epochs at even distances, the first among them.

    >>> _epochs_marked([1, 2, 3]), _epochs_marked(list(range(1, 101)))
    ([1, 2, 3], [1, 14, 27, 40, 53, 66, 79, 92])
    """
    step = math.ceil((epochs[-1] - epochs[0] + 1) / most)
    return list(range(epochs[0], epochs[-1] + 1, step))


def _lines(curve: Curve, theme: Theme, words: str) -> alt.LayerChart:
    epochs = sorted({point.epoch for point in curve.points})
    share = is_share(curve.quantity)
    data = ["train", *([curve.held_out] if curve.held_out else [])]
    base = alt.Chart().encode(
        x=alt.X(
            "epoch",
            type="quantitative",
            title="epoch",
            scale=alt.Scale(nice=False, domain=[epochs[0], max(epochs[-1], epochs[0] + 1)]),
            axis=alt.Axis(grid=False, format="d", values=_epochs_marked(epochs)),
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
            alt.Tooltip("epoch", type="quantitative", format="d"),
            alt.Tooltip("value", type="quantitative", title=words, format=".2%" if share else ".4~g"),
        ],
    )
    # Over many epochs the points would hide the line; they stay as targets for the pointer.
    points = base.mark_point(filled=True, size=45, opacity=1 if len(epochs) <= _MANY else 0)
    return layered(base.mark_line(strokeWidth=2.25, strokeCap="round"), points)


def _chosen(curve: Curve, theme: Theme) -> alt.LayerChart:
    first = min(point.epoch for point in curve.points)
    last = max(point.epoch for point in curve.points)
    late = curve.chosen_epoch is not None and curve.chosen_epoch > (first + last) / 2
    base = alt.Chart(rows_of({"epoch": curve.chosen_epoch})).encode(x=alt.X("epoch", type="quantitative"))
    rule = base.mark_rule(strokeDash=[4, 4], color=theme.muted)
    label = base.mark_text(
        text="chosen", align="right" if late else "left", dx=-6 if late else 6, y=-9, color=theme.muted, fontSize=11
    )
    return layered(rule, label)
