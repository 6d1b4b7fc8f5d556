"""Colours and type of every drawing.

Blue against orange is told apart with every common form of colour blindness, and differs in lightness too. The
four further colours were chosen to be as far from these and from each other as that allows, in normal sight and as
seen without each kind of cone (Machado, Oliveira & Fernandes 2009); lines have a shape of their own besides.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

import altair as alt

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', sans-serif"
# From dark to light at a steady pace, so that it reads in grey as well and on any background.
RAMP = ("#10233f", "#174b73", "#1f7a94", "#5aaba2", "#a9d3a6", "#f3f0c4")

AnyChart = TypeVar("AnyChart", alt.Chart, alt.LayerChart, alt.HConcatChart, alt.VConcatChart)


@dataclass(frozen=True)
class Theme:
    """Colours by what they stand for."""

    ink: str
    muted: str
    rule: str
    ticket: str
    other: str
    faint: str
    background: str
    further: tuple[str, ...]


LIGHT = Theme(
    ink="#1d2433",
    muted="#5b6475",
    rule="#e3e6ec",
    ticket="#0f6d9c",
    other="#c8651b",
    faint="#aab3c2",
    background="#ffffff",
    further=("#57257f", "#932b2c", "#2291f8", "#8f8f8f"),
)
DARK = Theme(
    ink="#e9edf5",
    muted="#a3adbf",
    rule="#2c3546",
    ticket="#55b8e6",
    other="#f0a15c",
    faint="#66728a",
    background="#131824",
    further=("#a46be0", "#d54563", "#b3ecdf", "#fadd68"),
)
# On a page the style sheet decides, so one drawing follows the reader's colour scheme and turns light on paper.
PAGE = Theme(
    ink="var(--ink)",
    muted="var(--muted)",
    rule="var(--rule)",
    ticket="var(--ticket)",
    other="var(--other)",
    faint="var(--faint)",
    background="transparent",
    further=("var(--third)", "var(--fourth)", "var(--fifth)", "var(--sixth)"),
)


def styled(chart: AnyChart, theme: Theme) -> AnyChart:
    """The chart with the theme's colours and type."""
    axis = {"labelColor": theme.muted, "titleColor": theme.muted, "gridColor": theme.rule, "domainColor": theme.faint}
    settings: dict[str, Any] = {
        "background": theme.background,
        "font": FONT,
        "view": {"stroke": None},
        "title": {"color": theme.ink, "subtitleColor": theme.muted, "anchor": "start", "fontSize": 14, "offset": 10}
        | {"frame": "group", "fontWeight": 600, "subtitleFontSize": 12, "subtitlePadding": 5},
        "axis": axis
        | {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "titlePadding": 8, "labelPadding": 6}
        | {"ticks": False, "tickColor": theme.faint},
        "legend": {"labelColor": theme.ink, "titleColor": theme.muted, "labelFontSize": 12, "titleFontSize": 12}
        | {"titleFontWeight": "normal"},
        "text": {"color": theme.ink, "fontSize": 12},
    }
    finished: AnyChart = chart.configure(**settings)
    return finished


def layered(*charts: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """The charts one over the other, the first at the bottom."""
    return alt.LayerChart(layer=list(charts))


def rows_of(*rows: dict[str, Any]) -> alt.InlineData:
    """Plain rows as a chart's data; no data frame is needed."""
    return alt.InlineData(values=list(rows))
