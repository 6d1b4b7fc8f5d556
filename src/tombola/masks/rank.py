"""The value of a given rank, by partition: linear time, on two threads where that pays."""

from threading import Thread
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Values = NDArray[Any]

# Below this, a thread costs more than it saves.
LARGE = 1_000_000


def take_rank(values: Values, rank: int) -> Any:
    """The value that a sort would put at index `rank`; reorders `values`.

    >>> int(take_rank(np.array([30, 10, 20]), 1))
    20
    """
    if values.size < LARGE or torch.get_num_threads() < 2:
        values.partition(rank)
        return values[rank]
    return _in_halves(values, rank)


def _in_halves(values: Values, rank: int) -> Any:
    r"""Partition both halves at once, then look between their pivots.

    Let the halves have the pivots $a \le b$ at ranks that add up to `rank`. At most `rank` values
    lie below $a$, and more than `rank` lie at or below $b$, so the value sought is in $[a, b]$.
    Those are few: the half of $a$ has them right of its pivot, the half of $b$ left of its own.
    """
    if rank == values.size - 1:  # each half keeps one value right of its pivot
        return values.max()
    middle = values.size // 2
    left_rank = rank * middle // values.size
    halves = [(values[:middle], left_rank), (values[middle:], rank - left_rank)]
    other = Thread(target=halves[0][0].partition, args=(left_rank,))
    other.start()
    halves[1][0].partition(rank - left_rank)
    other.join()
    (low, low_rank), (high, high_rank) = sorted(halves, key=lambda half: half[0][half[1]])
    above_low, below_high = low[low_rank:], high[: high_rank + 1]
    above_low = above_low[above_low <= high[high_rank]]
    below_high = below_high[below_high >= low[low_rank]]
    passed_over = low_rank + (high_rank + 1 - below_high.size)
    between = np.concatenate([above_low, below_high])
    between.partition(rank - passed_over)
    return between[rank - passed_over]
