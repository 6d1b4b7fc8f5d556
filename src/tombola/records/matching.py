"""Whether a value is one that was asked for."""

from numbers import Real
from typing import Any

from tombola.records.spelling import spelled

BETWEEN, OR = "..", ","


def matches(value: Any, asked: Any) -> bool:
    """Whether a value is the one asked for, one of several, or a number of a range with both its ends.

    Args:
        value: of a setting, an axis or a figure.
        asked: a value as it is or as text, several between commas, or `LOW..HIGH`, of which one may be left out.

    >>> [matches(0.5, asked) for asked in (0.5, "0.50", "0.1,0.5", "0.3..0.5", "0.3..", "..0.4", "movement")]
    [True, True, True, True, True, False, False]
    >>> matches("movement", "random,movement"), matches("1..2", "1..2"), matches("b", "a..c"), matches(None, "..1")
    (True, True, False, False)
    """
    if spelled(value) == spelled(asked):
        return True
    return isinstance(asked, str) and any(_is_part(value, part.strip()) for part in asked.split(OR))


def _is_part(value: Any, part: str) -> bool:
    low, between, high = part.partition(BETWEEN)
    if not between:
        return bool(part) and spelled(value) == spelled(part)
    try:
        ends = float(low or "-inf"), float(high or "inf")
    except ValueError:
        return False
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return is_number and part != BETWEEN and ends[0] <= float(value) <= ends[1]
