"""One spelling of each value, whatever it is."""

from typing import Any

import pytest

from tombola.records.spelling import spelled


@pytest.mark.parametrize("value", [10**400, -(10**400), float("inf"), 1e300, 0.5, True, None, "gaussian"])
def test_a_value_is_found_by_its_text(value: Any) -> None:
    assert spelled(value) == spelled(str(value))


def test_numbers_beyond_any_float_are_told_apart() -> None:
    assert spelled(10**400) != spelled(10**400 + 1)
    assert spelled([10**400, "0.50"]) == f"{10**400} 0.5"


def test_digits_that_no_float_holds_are_told_apart() -> None:
    assert spelled("12345678901234567") != spelled("12345678901234568")
    assert spelled("1203211e53236446") == "1203211e53236446"
