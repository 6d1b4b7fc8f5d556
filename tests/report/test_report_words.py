"""Numbers that no float can hold: a file may say anything of itself."""

import math
from collections.abc import Callable

import pytest

from tombola.report.words import (
    bytes_text,
    density_text,
    difference_text,
    epoch_text,
    gap_text,
    loss_text,
    mean_text,
    measure_text,
    metric_text,
    seconds_text,
)

WRITERS: dict[str, Callable[[float], str]] = {
    "share": lambda value: metric_text("accuracy", value),
    "metric": lambda value: metric_text("mae", value),
    "difference": lambda value: difference_text("accuracy", value),
    "loss": loss_text,
    "epoch": epoch_text,
    "density": density_text,
    "iterations": lambda value: measure_text("iterations", value),
    "gap": lambda value: gap_text("iterations", value),
    "gap of a loss": lambda value: gap_text("loss", value),
    "mean": lambda value: mean_text("accuracy", value, value),
    "bytes": bytes_text,
    "seconds": seconds_text,
}


@pytest.mark.parametrize("writer", WRITERS)
def test_numbers_beyond_every_float_are_infinite(writer: str) -> None:
    write = WRITERS[writer]
    assert write(10**400) == write(math.inf)
    assert "inf" in write(10**400)
    assert write(-(10**400)) == write(-math.inf) != write(10**400)
    assert "nan" in write(math.nan)


@pytest.mark.parametrize("writer", WRITERS)
def test_words_are_not_taken_for_numbers(writer: str) -> None:
    with pytest.raises(TypeError):
        WRITERS[writer]("0.9")  # type: ignore[arg-type]
