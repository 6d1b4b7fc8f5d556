"""What is asked of a value, against the plain comparison of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.records.matching import matches

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_range_has_both_its_ends(value: float, low: float, high: float) -> None:
    assert matches(value, f"{low!r}..{high!r}") == (low <= value <= high)
    assert matches(value, f"{low!r}..") == (value >= low)
    assert matches(value, f"..{high!r}") == (value <= high)


@given(NUMBERS, st.lists(NUMBERS, min_size=2))
def test_one_of_several(value: float, several: list[float]) -> None:
    assert matches(value, ",".join(map(repr, several))) == (value in several)


@pytest.mark.parametrize(
    ("value", "asked", "expected"),
    [
        (np.int64(3), "2..4", True),
        (np.float32(0.5), "0.4..", True),
        (np.int64(3), "1, 3", True),
        ("large-final", "random,large-final", True),
        ("200 30", "200 30,100 15", True),
        ("a,b", "a,b", True),
        (True, "0..1", False),
        (float("nan"), "0..", False),
        (0.5, "..", False),
        (0.5, "", False),
        ("", ",", False),
        ("0.5", "0.1..0.9", False),
        ("../full", "../full", True),
    ],
)
def test_kinds_of_values(value: object, asked: str, expected: bool) -> None:
    assert matches(value, asked) is expected
