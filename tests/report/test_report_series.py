"""The axis of a drawing of one quantity over numbers: its ends, and what it is without any."""

from dataclasses import replace
from typing import Any

import pytest
import vl_convert

from tombola.claims.published import Published
from tombola.report.drawings.series import draw_series
from tombola.report.figures.series import Series, SeriesPoint, Theirs

DENSE = SeriesPoint("dense", "all", 0.97, 0.01, 3)


def series(*values: float, **changed: Any) -> Series:
    points = tuple(SeriesPoint("runs", value, 0.9, 0.01, 3) for value in values)
    return replace(Series("accuracy", "test accuracy", "density", ("runs",), points, ()), **changed)


def ends(figure: Series) -> list[float] | None:
    """Of the axis of numbers; None where the drawing leaves them to its program."""
    drawn = draw_series(figure).to_dict()
    scales = [layer["encoding"]["x"]["scale"] for layer in drawn["layer"] if "scale" in layer["encoding"].get("x", {})]
    assert all(scale == scales[0] for scale in scales)
    domain: list[float] | None = scales[0].get("domain")
    return domain


def test_an_axis_ends_at_its_values() -> None:
    assert ends(series(0.1, 0.9, 0.5)) == [0.1, 0.9]


def test_what_was_published_is_on_it_too() -> None:
    told = Published("a", "runs", {}, 0.9, "a source", "author")
    theirs = (Theirs("runs", 0.05, told), Theirs("runs", "", told))
    assert ends(series(0.1, 0.9, theirs=theirs)) == [0.05, 0.9]


@pytest.mark.parametrize("values", [(0.4992, 0.501), (0.5,), (-4.0, -4.1), (400, 401)])
def test_values_that_nearly_are_one_are_drawn_side_by_side(values: tuple[float, ...]) -> None:
    low, high = ends(series(*values)) or (0.0, 0.0)
    middle = (min(values) + max(values)) / 2
    assert (low + high) / 2 == pytest.approx(middle)
    assert high - low == pytest.approx(abs(middle) / 4)


def test_an_axis_by_ratios_is_left_as_it_is() -> None:
    assert ends(series(1.0, 1.01, is_log=True)) is None


def test_what_lies_across_is_drawn_where_nothing_is_over_the_axis() -> None:
    alone = series(across=(DENSE,), lines=())
    assert ends(alone) is None
    assert "<svg" in vl_convert.vegalite_to_svg(draw_series(alone).to_dict())
