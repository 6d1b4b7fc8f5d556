"""One spelling of each value, so that what is typed finds what was recorded."""

import math
from typing import Any


def flat(value: Any) -> Any:
    """A list as a command line takes it, its items in one text; anything else as it is.

    >>> flat((200, 30)), flat(0.5), flat("kaiming-normal")
    ('200 30', 0.5, 'kaiming-normal')
    """
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else value


def spelled(value: Any) -> str:
    """The spelling of a value that is given as it is or as text: 0.50 is 0.5, True is true, a list is its items.

    >>> spelled("0.50"), spelled((200, 30)) == spelled("200 30"), spelled(True) == spelled("True"), spelled(None)
    ('0.5', True, True, 'none')
    >>> spelled("-0"), spelled(10**400) == spelled(str(10**400))
    ('0.0', True)
    """
    if isinstance(value, list | tuple):
        return " ".join(map(spelled, value))
    words = str(value).split()
    if len(words) > 1:
        return " ".join(map(spelled, words))
    try:
        number = float(value) + 0.0
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if isinstance(value, bool) or str(value) in ("True", "False", "None"):
        return str(value).lower()
    return repr(number) if math.isfinite(number) else str(value)


def in_order(value: Any) -> tuple[int, Any]:
    """Sorts values of an axis: numbers by their size, and before all else.

    >>> sorted(["b", 10, 0.5, "a"], key=in_order)
    [0.5, 10, 'a', 'b']
    """
    return (0, value) if isinstance(value, int | float) else (1, str(value))
