"""The width multiplier."""

from tombola.errors import UsageError, is_number


def scaled(units: int, width: float) -> int:
    """`round(units * width)`, at least 1.

    >>> scaled(64, 0.5), scaled(3, 0.1)
    (32, 1)
    """
    if not is_number(width) or width <= 0:
        raise UsageError(f"width={width}: expected a number above 0, such as 0.5 or 2")
    return max(1, round(units * width))
