"""What is asked of values, against the plain comparison of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.records.matching import matched

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def is_asked(value: object, asked: object) -> bool:
    (found,) = matched((value,), asked).are_asked
    return found


@given(NUMBERS, NUMBERS, NUMBERS)
def test_a_range_has_both_its_ends(value: float, low: float, high: float) -> None:
    assert is_asked(value, f"{low!r}..{high!r}") == (low <= value <= high)
    assert is_asked(value, f"{low!r}..") == (value >= low)
    assert is_asked(value, f"..{high!r}") == (value <= high)


@given(st.lists(NUMBERS, min_size=1), st.lists(NUMBERS, min_size=2, unique=True))
def test_several_are_looked_for_one_by_one(values: list[float], several: list[float]) -> None:
    for asked in (several, ",".join(map(repr, several))):
        found = matched(values, asked)
        assert list(found.are_asked) == [value in several for value in values]
        assert [float(part) for part in found.missing] == [part for part in several if part not in values]


@pytest.mark.parametrize(
    ("value", "asked", "expected"),
    [
        (np.int64(3), "2..4", True),
        (np.float32(0.5), "0.4..", True),
        (10**400, "2..", True),
        (np.int64(3), "1, 3", True),
        ("large-final", "random,large-final", True),
        ("200 30", "200 30,100 15", True),
        ((200, 30), [200, 30], True),
        ((200, 30), [(200, 30), (50, 5)], True),
        (1, {0, 1}, True),
        (1, range(2), True),
        ("../mnist", "../mnist,foo", True),
        ("../full", "../full", True),
        (True, "0..1", False),
        (float("nan"), "0..", False),
        (0.5, "..", False),
        (0.5, "", False),
        (0.5, [], False),
        (0.5, "0.9..0.1", False),
        (0.5, "x..y", False),
        ("", ",,", True),
        ("0.5", "0.1..0.9", False),
    ],
)
def test_kinds_of_values(value: object, asked: object, expected: bool) -> None:
    assert is_asked(value, asked) is expected


def test_a_value_that_is_all_that_was_asked_for_is_meant_alone() -> None:
    assert matched(("a", "b", "a,b"), "a,b").are_asked == (False, False, True)
    assert matched((200, 30, (200, 30)), (200, 30)).are_asked == (False, False, True)


@pytest.mark.parametrize(
    ("values", "asked", "expected"),
    [
        (("100000", "1e5", 1e5), "1e5", (False, True, True)),
        (("100000", "1e5"), "100000", (True, False)),
        (("1203211e53236446", "1203211e53236447"), "1203211e53236446", (True, False)),
        (("12345678901234567", "12345678901234568"), "12345678901234567", (True, False)),
        (("12345678901234567", "8"), "12345678901234568,8", (False, True)),
        (("32", "bf16-mixed"), 32, (True, False)),
        (("none", '"none"'), "none", (True, False)),
        (("none", '"none"'), None, (True, False)),
        (("none", '"none"'), '"none"', (False, True)),
        (('"none"', "a"), "none", (True, False)),
    ],
)
def test_text_is_compared_as_text_first(values: tuple[object, ...], asked: object, expected: tuple[bool, ...]) -> None:
    assert matched(values, asked).are_asked == expected
