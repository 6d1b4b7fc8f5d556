"""The scores of one layer."""

from typing import Literal

import altair as alt

from tombola.report.drawings.theme import LIGHT, Theme, rows_of, styled
from tombola.report.figures import Histogram
from tombola.report.names import shortened


def draw_histogram(
    histogram: Histogram, theme: Theme = LIGHT, width: int | Literal["container"] = 300, height: int = 150
) -> alt.Chart:
    """Kept and removed weights by score, one on the other, so that the outline is the histogram of all."""
    rows = [
        {"low": part.low, "high": part.high, "weights": count, "mask": mask, "order": order}
        for part in histogram.bins
        for order, (mask, count) in enumerate((("kept", part.kept), ("removed", part.removed)))
        if count
    ]
    chart: alt.Chart = (
        alt.Chart(rows_of(*rows))
        .mark_bar(binSpacing=0.5)
        .encode(
            x=alt.X(
                "low",
                type="quantitative",
                bin="binned",
                title="score",
                axis=alt.Axis(grid=False, format="~g", tickCount=5, labelOverlap=True),
            ),
            x2=alt.X2("high"),
            y=alt.Y(
                "weights",
                type="quantitative",
                stack="zero",
                title="weights",
                axis=alt.Axis(domain=False, tickCount=4, format="~s"),
            ),
            color=alt.Color(
                "mask",
                type="nominal",
                scale=alt.Scale(domain=["kept", "removed"], range=[theme.ticket, theme.other]),
                legend=alt.Legend(title=None, orient="top", direction="horizontal", offset=4),
            ),
            order=alt.Order("order", type="quantitative"),
            tooltip=[
                alt.Tooltip("mask", type="nominal"),
                alt.Tooltip("low", type="quantitative", title="score from", format=".4~g"),
                alt.Tooltip("high", type="quantitative", title="to", format=".4~g"),
                alt.Tooltip("weights", type="quantitative", format=","),
            ],
        )
        .properties(width=width, height=height, title=shortened(histogram.label))
    )
    return styled(chart, theme)
