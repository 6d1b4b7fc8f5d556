"""How many weights a density keeps: the only place where a density becomes an integer."""

from tombola.errors import UsageError, check_density


def kept_count(density: float, size: int) -> int:
    """The number of weights kept: `max(1, round(density * size))`, and 0 of 0.

    `round` is Python's: halves go to the even neighbour. At least one weight stays, so that a
    small layer cannot vanish through rounding.

    Args:
        density: fraction kept, in (0, 1].
        size: number of prunable weights.

    Raises:
        UsageError: where `density` is no density or `size` is negative.

    >>> kept_count(0.1, 1000), kept_count(0.5, 5), kept_count(0.001, 10)
    (100, 2, 1)
    """
    check_density(density)
    if size < 0:
        raise UsageError(f"size={size}: expected a number of weights, 0 or more")
    return max(1, round(density * size)) if size else 0
