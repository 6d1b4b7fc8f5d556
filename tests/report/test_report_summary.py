"""The small picture of a run."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from PIL import Image
from tests.report.made_records import level_rows, verification_file

from tombola.errors import UsageError
from tombola.report import RunRecord, VerificationRecord, draw_levels_summary, draw_summary

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


def test_a_name_that_no_picture_can_hold_is_drawn(files: dict[str, Any], read: Callable[[Any], RunRecord]) -> None:
    files["spec.json"]["spec"]["model"]["name"] = "a\x1bb"
    assert "a∖x1bb on dots" in draw_summary(read(files), MASK, "svg").decode()


def test_a_run_of_any_metric_and_layer_can_be_drawn(files: dict[str, Any], read: Callable[[Any], RunRecord]) -> None:
    result = files["result.json"]
    result |= {"metric": "mae", "higher_is_better": False, "test_mae": 0.0}
    result["comparison"] = []
    del result["first_layer"]
    del result["audit"]
    assert b"keeps 9 of 18 weights<" in draw_summary(read(files), MASK, "svg")


def test_a_trained_ticket_is_said_to_begin_at_its_initial_values(
    files: dict[str, Any], read: Callable[[Any], RunRecord]
) -> None:
    files["result.json"]["trained"] = True
    svg = draw_summary(read(files), MASK, "svg").decode()
    assert "at their initial values before training" in svg
    assert "changes none of them" not in svg


@pytest.mark.parametrize("dark", [False, True])
def test_levels_of_a_verification_as_a_png(dark: bool, verify: Callable[[Any], VerificationRecord]) -> None:
    record = verify(verification_file(levels=3))
    small = Image.open(io.BytesIO(draw_levels_summary(record, dark=dark, scale=1)))
    large = Image.open(io.BytesIO(draw_levels_summary(record, dark=dark, scale=2)))
    assert small.format == "PNG"
    assert abs(large.width - 2 * small.width) <= 2
    corner = large.convert("L").getpixel((0, 0))
    assert isinstance(corner, int)
    assert (corner < 60) == dark


def test_levels_as_an_svg_name_the_networks_and_the_verdict(verify: Callable[[Any], VerificationRecord]) -> None:
    svg = draw_levels_summary(verify(verification_file(levels=3)), "svg").decode()
    for words in ("tiny on dots", "ticket", "random mask", "winning by the definition lottery-ticket", "3 replicates"):
        assert words in svg
    assert "NaN" not in svg


def test_levels_of_a_run_can_be_drawn_too(files: dict[str, Any], read: Callable[[Any], RunRecord]) -> None:
    files["result.json"]["levels"] = level_rows()
    svg = draw_levels_summary(read(files), "svg").decode()
    for words in ("edge-popup, 3 levels", "at the early stop", "at the end of training", "dense"):
        assert words in svg


def test_fewer_than_two_levels_cannot_be_drawn(record: RunRecord) -> None:
    with pytest.raises(UsageError, match="fewer than two levels"):
        draw_levels_summary(record)
