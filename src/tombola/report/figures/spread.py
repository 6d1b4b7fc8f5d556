"""The mean of a few replicates, and how far it can be trusted."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """What n values say.

    Attributes:
        std: standard deviation with n − 1; None for one value.
        low, high: ends of the interval of the mean; None for one value.
        least, most: of the values.
    """

    mean: float
    std: float | None
    low: float | None
    high: float | None
    least: float
    most: float
    replicates: int


def spread(values: Sequence[float], confidence: float = 0.95) -> Spread:
    r"""Mean, deviation, and the interval $\bar x \pm t_{(1 + c)/2,\, n - 1} \, s / \sqrt n$.

    Args:
        values: one or more.
        confidence: c, in (0, 1).

    >>> found = spread([1.0, 2.0, 3.0])
    >>> found.mean, found.std, round(found.high, 3)
    (2.0, 1.0, 4.484)
    """
    mean, ends = statistics.fmean(values), (min(values), max(values))
    if len(values) == 1:
        return Spread(mean, None, None, None, *ends, 1)
    from scipy.special import stdtrit  # slow to import, and not needed for a page without replicates

    deviation = statistics.stdev(values)
    half = float(stdtrit(len(values) - 1, (1 + confidence) / 2)) * deviation / math.sqrt(len(values))
    return Spread(mean, deviation, mean - half, mean + half, *ends, len(values))
