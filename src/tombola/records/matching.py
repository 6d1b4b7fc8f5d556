"""Which values are those that were asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from tombola.records.spelling import spelled

BETWEEN, OR = "..", ","


@dataclass(frozen=True)
class Matched:
    """What was asked of values.

    Attributes:
        are_asked: of each value, whether it was asked for.
        missing: what was asked for, and is no value.
    """

    are_asked: tuple[bool, ...]
    missing: tuple[str, ...]


def matched(values: Iterable[Any], asked: Any) -> Matched:
    """Which values are the one asked for, one of several, or numbers of a range with both its ends.

    Args:
        values: of a setting, an axis or a figure, one a run.
        asked: a value as it is or as text, a list of values, or several between commas; or `LOW..HIGH`, of which one
            may be left out. Where there is a value that is all of it, that value is meant.

    >>> matched((0.1, 0.5, 0.9), "0.50").are_asked, matched((0.1, 0.5, 0.9), "0.1,0.6..").are_asked
    ((False, True, False), (True, False, True))
    >>> matched(("a", "b", "a,b"), "a,b").are_asked, matched((0, 1, 2), [0, 2, 4])
    ((False, False, True), Matched(are_asked=(True, False, True), missing=('4',)))
    """
    given = tuple(values)
    whole = _same(given, asked)
    if any(whole):
        return Matched(tuple(whole), ())
    parts = _parts(asked)
    found = [_found(given, part) for part in parts]
    missing = tuple(str(part) for part, own in zip(parts, found, strict=True) if not any(own))
    return Matched(tuple(map(any, zip(*found, strict=True))), missing)


def _parts(asked: Any) -> Sequence[Any]:
    if isinstance(asked, str):
        return [part.strip() for part in asked.split(OR)]
    return list(asked) or [asked] if isinstance(asked, list | tuple | set | frozenset | range) else [asked]


def _found(values: Sequence[Any], part: Any) -> list[bool]:
    same = _same(values, part)
    return same if any(same) else [_is_within(value, part) for value in values]


def _same(values: Sequence[Any], asked: Any) -> list[bool]:
    """Which values are the one asked for: text to the letter, and by its spelling only where that finds nothing."""
    one = spelled(asked)
    literally = (str(asked), one)
    found = [value in literally if isinstance(value, str) else spelled(value) == one for value in values]
    return found if any(found) else [spelled(_bare(value)) == one for value in values]


def _bare(value: Any) -> Any:
    """A value without the quotes that tell the text `none` from nothing."""
    return value.strip('"') if isinstance(value, str) else value


def _is_within(value: Any, part: Any) -> bool:
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not isinstance(part, str) or BETWEEN not in part or part == BETWEEN or not is_number:
        return False
    low, _, high = part.partition(BETWEEN)
    try:
        return bool(float(low or "-inf") <= value <= float(high or "inf"))
    except ValueError:  # an end is no number
        return False
