"""Every drawing is a valid chart of exactly the figure's numbers."""

from collections.abc import Callable
from typing import Any

import altair as alt
import pytest
import torch
import vl_convert

from tombola.report import RunRecord
from tombola.report.drawings import (
    DARK,
    LIGHT,
    PAGE,
    Theme,
    draw_comparison,
    draw_curve,
    draw_density,
    draw_histogram,
    draw_input_share,
    draw_live_units,
    draw_mask,
    draw_over_density,
    level_strokes,
)
from tombola.report.drawings.strokes import SHAPES
from tombola.report.figures import (
    DensityLine,
    DensityPoint,
    OverDensity,
    comparison,
    curves,
    first_layer_picture,
    histograms,
    layer_bars,
)

Chart = alt.Chart | alt.LayerChart


def over_density(lines: int, confidence: float | None = 0.95) -> OverDensity:
    points = (DensityPoint(1.0, 0, 0.5, 0.25, 0.75, 0.4, 0.6, 3), DensityPoint.single(0.5, 1, 0.25))
    named = tuple(DensityLine(f"network {index}", points) for index in range(lines))
    return OverDensity("accuracy", "test accuracy", named, DensityPoint.single(1.0, 0, 0.5), confidence)


def draw(name: str, record: RunRecord, theme: Theme) -> Chart:
    picture = first_layer_picture(torch.eye(3, 4, dtype=torch.bool), (1, 2, 2), "fc1.weight")
    drawings: dict[str, Callable[[], Chart]] = {
        "loss": lambda: draw_curve(curves(record)[0], theme),
        "accuracy": lambda: draw_curve(curves(record)[1], theme),
        "density": lambda: draw_density(layer_bars(record), 0.5, theme),
        "live": lambda: draw_live_units(layer_bars(record), theme),
        "scores": lambda: draw_histogram(histograms(record)[0], theme),
        "comparison": lambda: draw_comparison(comparison(record), theme),
        "share": lambda: draw_input_share(picture, theme),
        "over density": lambda: draw_over_density(over_density(3), theme),
        "mask": lambda: draw_mask(picture, theme if theme is not PAGE else LIGHT),
    }
    return drawings[name]()


NAMES = ("loss", "accuracy", "density", "live", "scores", "comparison", "share", "mask", "over density")


@pytest.mark.parametrize("theme", [LIGHT, DARK, PAGE], ids=["light", "dark", "page"])
@pytest.mark.parametrize("name", NAMES)
def test_every_drawing_compiles(name: str, theme: Theme, record: RunRecord) -> None:
    spec = draw(name, record, theme).to_dict()  # checked against the Vega-Lite schema
    assert "marks" in vl_convert.vegalite_to_vega(spec)


@pytest.mark.parametrize("name", NAMES)
def test_every_drawing_renders(name: str, record: RunRecord) -> None:
    svg = vl_convert.vegalite_to_svg(draw(name, record, LIGHT).to_dict())
    assert svg.startswith("<svg")
    assert "NaN" not in svg


def rows(chart: Chart) -> list[dict[str, Any]]:
    return [row for data in chart.to_dict()["datasets"].values() for row in data]


def test_a_curve_holds_the_points_and_the_chosen_epoch(record: RunRecord) -> None:
    found = rows(draw("loss", record, LIGHT))
    assert sorted(row["value"] for row in found if "value" in row) == [1.0, 1.25, 1.5, 2.0]
    assert [row for row in found if "value" not in row] == [{"epoch": 2}]


def test_a_histogram_holds_every_count_above_zero(record: RunRecord) -> None:
    found = {(row["low"], row["mask"]): row["weights"] for row in rows(draw("scores", record, LIGHT))}
    assert found == {(-1.0, "kept"): 1, (-1.0, "removed"): 6, (0.0, "kept"): 5}


def test_the_input_share_holds_every_pixel(record: RunRecord) -> None:
    found = {(row["row"], row["column"]): row["kept"] for row in rows(draw("share", record, LIGHT))}
    assert found == {(0, 0): 0.333333, (0, 1): 0.333333, (1, 0): 0.333333, (1, 1): 0.0}


def test_on_a_page_the_style_sheet_has_the_colours(record: RunRecord) -> None:
    assert "var(--ticket)" in draw("loss", record, PAGE).to_json()
    assert LIGHT.ticket not in draw("loss", record, PAGE).to_json()


def test_lines_over_density_hold_every_point_and_the_dense_network() -> None:
    figure = over_density(2)
    found = rows(draw_over_density(figure, LIGHT))
    points = [(row["network"], row["density"], row["value"], row.get("low")) for row in found if "dense" not in row]
    assert points == [(f"network {index}", *rest) for index in (0, 1) for rest in ((1.0, 0.5, 0.25), (0.5, 0.25, None))]
    assert [row["dense"] for row in found if "dense" in row] == [0.5]


def test_bars_of_one_deviation_are_drawn_whole_and_the_dense_network_has_a_band() -> None:
    points = (DensityPoint(1.0, 0, 0.5, 0.25, 0.75, 0.4, 0.6, 3), DensityPoint.single(0.5, 1, 0.3))
    whole = DensityPoint(1.0, 0, 0.5, 0.1, 0.9, 0.3, 0.7, 3)
    figure = OverDensity("accuracy", "test accuracy", (DensityLine("ticket", points),), whole)
    layers = draw_over_density(figure, LIGHT).to_dict()["layer"]
    domains = [layer["encoding"]["y"].get("scale", {}).get("domain") for layer in layers]
    assert [0.1, 0.9] in domains
    (band,) = [layer for layer in layers if layer["mark"]["type"] == "rect"]
    assert (band["encoding"]["y"]["field"], band["encoding"]["y2"]["field"]) == ("low", "high")
    (rule,) = [layer for layer in layers if layer["encoding"]["y"].get("field") == "dense" and "mark" in layer][:1]
    assert "strokeDash" not in rule["mark"]


def test_pruning_goes_to_the_right_on_a_logarithmic_axis() -> None:
    spec = draw_over_density(over_density(1), LIGHT).to_dict()
    scales = [layer["encoding"]["x"]["scale"] for layer in spec["layer"] if "scale" in layer["encoding"].get("x", {})]
    assert scales
    assert all(scale["type"] == "log" and scale["domain"][0] > 1 > 0.5 > scale["domain"][1] for scale in scales)


@pytest.mark.parametrize("count", [1, 6, 18])
def test_no_two_lines_look_the_same(count: int) -> None:
    drawn = level_strokes([over_density(count)], LIGHT)
    assert len({(stroke.colour, stroke.dash) for stroke in drawn}) == count
    assert len({(stroke.shape, stroke.dash) for stroke in drawn}) == count
    assert drawn[0].width > max((stroke.width for stroke in drawn[1:]), default=0)
    assert all(stroke.path == SHAPES[stroke.shape] for stroke in drawn)


def test_many_layers_are_drawn_closer_together(record: RunRecord) -> None:
    bar = layer_bars(record)[0]
    heights = [draw_density([bar] * count, 0.5).to_dict()["height"] for count in (2, 24, 60, 200)]
    assert heights == [60, 720, 900, 3000]
