"""Density and live units, a bar a layer."""

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt

from tombola.report.drawings.theme import LIGHT, Theme, layered, rows_of, styled
from tombola.report.figures import LayerBar

_BAR_STEP = 30
_MANY = 24
# Only what is shown is cut: two names that look alike when cut are still two bars.
_SHORT = "length(datum.label) > 18 ? slice(datum.label, 0, 7) + '…' + slice(datum.label, -10) : datum.label"


def draw_density(
    bars: Sequence[LayerBar], overall: float, theme: Theme = LIGHT, width: int | Literal["container"] = 420
) -> alt.LayerChart:
    """The fraction of each layer's weights that is kept; a dashed rule marks the density of the whole network."""
    tooltip = [
        alt.Tooltip("layer", type="nominal"),
        alt.Tooltip("shape", type="nominal"),
        alt.Tooltip("kept", type="quantitative", format=","),
        alt.Tooltip("prunable", type="quantitative", format=","),
        alt.Tooltip("density", type="quantitative", format=".4~f"),
    ]
    chart = _bars(bars, "density", "density (kept / prunable weights)", tooltip, theme)
    rule = (
        alt.Chart(rows_of({"overall": overall}))
        .mark_rule(strokeDash=[4, 4], color=theme.ink)
        .encode(x=alt.X("overall", type="quantitative"), tooltip=alt.Tooltip("overall", type="quantitative"))
    )
    return _finished(layered(chart, rule), bars, "Density", theme, width)


def draw_live_units(
    bars: Sequence[LayerBar], theme: Theme = LIGHT, width: int | Literal["container"] = 420
) -> alt.LayerChart:
    """The fraction of each layer's units with at least one kept weight."""
    tooltip = [
        alt.Tooltip("layer", type="nominal"),
        alt.Tooltip("live_units", type="quantitative", title="live units", format=","),
        alt.Tooltip("units", type="quantitative", format=","),
        alt.Tooltip("live_share", type="quantitative", title="live", format=".1%"),
    ]
    chart = _bars(bars, "live_share", "live units (share of the layer)", tooltip, theme)
    return _finished(layered(chart), bars, "Live units", theme, width)


def _bars(bars: Sequence[LayerBar], field: str, title: str, tooltip: list[alt.Tooltip], theme: Theme) -> alt.LayerChart:
    y = alt.Y(
        "label", type="nominal", sort=None, title=None, axis=alt.Axis(domain=False, labelExpr=_SHORT, labelLimit=150)
    )
    x = alt.X(
        field,
        type="quantitative",
        title=title,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(values=[0, 0.25, 0.5, 0.75, 1], format=".2~f", domain=False),
    )
    base, size = alt.Chart(rows_of(*map(_row, bars))), 14 if len(bars) <= _MANY else 9
    track = base.mark_bar(size=size, color=theme.rule, cornerRadius=2).encode(
        y=y, x=x, x2=alt.datum(1), tooltip=tooltip
    )
    bar = base.mark_bar(size=size, color=theme.ticket, cornerRadius=2).encode(y=y, x=x, tooltip=tooltip)
    return layered(track, bar)


def _step(bars: Sequence[LayerBar]) -> float:
    """From one bar to the next: less where there are many, down to what can still be read."""
    return _BAR_STEP if len(bars) <= _MANY else max(15.0, _BAR_STEP * _MANY / len(bars))


def _row(bar: LayerBar) -> dict[str, Any]:
    return {
        "layer": bar.name,
        "label": bar.label,
        "shape": " × ".join(map(str, bar.shape)),
        "kept": bar.kept,
        "prunable": bar.prunable,
        "density": bar.density,
        "units": bar.units,
        "live_units": bar.live_units,
        "live_share": bar.live_share,
    }


def _finished(
    chart: alt.LayerChart, bars: Sequence[LayerBar], title: str, theme: Theme, width: int | Literal["container"]
) -> alt.LayerChart:
    return styled(chart.properties(width=width, height=_step(bars) * len(bars), title=title), theme)
