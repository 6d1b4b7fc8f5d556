"""The charts of a page: each a specification, a description for those who do not see it, and its data."""

from dataclasses import dataclass
from typing import Any

import altair as alt

from tombola.printable import printable
from tombola.records.run_record import RunRecord
from tombola.report.descriptions import curve_words, density_words, histogram_words, live_words, over_density_words
from tombola.report.downloads import csv_link
from tombola.report.drawings import PAGE, draw_curve, draw_density, draw_histogram, draw_live_units, draw_over_density
from tombola.report.figures import OverDensity, curves, histograms, layer_bars
from tombola.report.specification import specification

STILL_WIDTH = 400


@dataclass(frozen=True)
class Panel:
    """One chart: its Vega-Lite specification, a sentence that says what it shows, and a CSV file's address."""

    chart: dict[str, Any]
    description: str
    data: str
    file: str

    @property
    def still(self) -> dict[str, Any]:
        """The specification with a width of its own, where the chart takes that of its container."""
        return self.chart | ({"width": STILL_WIDTH} if self.chart.get("width") == "container" else {})


def curve_panels(record: RunRecord) -> list[Panel]:
    """Loss and metric over the epochs."""
    return [
        panel(draw_curve(curve, PAGE, width="container"), curve_words(curve), curve.points, f"{curve.quantity}.csv")
        for curve in curves(record)
    ]


def layer_panels(record: RunRecord) -> list[Panel]:
    """Density and live units of every layer."""
    bars = layer_bars(record)
    if not bars:
        return []
    return [
        panel(
            draw_density(bars, record.result.density, PAGE, width="container"), density_words(bars), bars, "layers.csv"
        ),
        panel(draw_live_units(bars, PAGE, width="container"), live_words(bars), bars, "layers.csv"),
    ]


def score_panels(record: RunRecord) -> list[Panel]:
    """One histogram of scores a layer."""
    return [
        panel(
            draw_histogram(histogram, PAGE, width="container"),
            histogram_words(histogram),
            histogram.bins,
            f"scores-{number}.csv",
        )
        for number, histogram in enumerate(histograms(record), 1)
    ]


def over_density_panel(figure: OverDensity, rows: Any, file: str) -> Panel:
    """One quantity over density; `rows` are its data."""
    return panel(draw_over_density(figure, PAGE, width="container"), over_density_words(figure), rows, file)


def panel(chart: alt.Chart | alt.LayerChart, description: str, rows: Any, file: str) -> Panel:
    """One chart as a panel, its text printable; a chart as wide as its container is fitted to it."""
    spec = specification(chart) | {"padding": {"left": 0, "top": 4, "right": 6, "bottom": 4}}
    if spec.get("width") == "container":
        spec["autosize"] = {"type": "fit-x", "contains": "padding"}
    return Panel(spec, printable(description), csv_link(rows), file)
