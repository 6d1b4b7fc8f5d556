"""The small picture of a run."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from PIL import Image

from tombola.report import RunRecord, draw_summary

MASK = torch.eye(3, 4, dtype=torch.bool)


@pytest.mark.parametrize("dark", [False, True])
def test_a_png_of_the_size_asked_for(dark: bool, record: RunRecord) -> None:
    small = Image.open(io.BytesIO(draw_summary(record, MASK, dark=dark, scale=1)))
    large = Image.open(io.BytesIO(draw_summary(record, MASK, dark=dark, scale=2)))
    assert (small.format, large.format) == ("PNG", "PNG")
    assert abs(large.width - 2 * small.width) <= 2
    corner = large.convert("L").getpixel((0, 0))
    assert isinstance(corner, int)
    assert (corner < 60) == dark


def test_an_svg_names_the_networks_and_their_accuracies(record: RunRecord) -> None:
    svg = draw_summary(record, MASK, "svg").decode()
    for words in ("tiny on dots", "edge-popup supermask", "random mask", "75.00%", "12.50%", "changes none of them"):
        assert words in svg


def test_a_run_of_any_metric_and_layer_can_be_drawn(files: dict[str, Any], read: Callable[[Any], RunRecord]) -> None:
    result = files["result.json"]
    result |= {"metric": "mae", "higher_is_better": False, "test_mae": 0.0}
    result["comparison"] = []
    del result["first_layer"]
    del result["audit"]
    assert b"keeps 9 of 18 weights<" in draw_summary(read(files), MASK, "svg")
