"""One spelling of each value, so that what is typed finds what was recorded."""

from decimal import Decimal
from typing import Any

WORDS = ("true", "false", "none")


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
    >>> spelled("12345678901234567"), spelled("1203211e53236446")  # no float is these
    ('12345678901234567', '1203211e53236446')
    """
    if isinstance(value, list | tuple):
        return " ".join(map(spelled, value))
    text = str(value)
    words = text.split()
    if len(words) > 1:
        return " ".join(map(spelled, words))
    return text.lower() if text.lower() in WORDS else _number(text)


def _number(text: str) -> str:
    """The shortest spelling of the float that a text is, to the last digit; the text itself where it is none."""
    try:
        shortest = repr(float(text) + 0.0)
        return shortest if Decimal(text) == Decimal(shortest) else text
    except (ValueError, ArithmeticError):  # no number, or one that is too large
        return text


def in_order(value: Any) -> tuple[int, Any]:
    """Sorts values of an axis: numbers by their size, and before all else.

    >>> sorted(["b", 10, 0.5, "a"], key=in_order)
    [0.5, 10, 'a', 'b']
    """
    return (0, value) if isinstance(value, int | float) else (1, str(value))
