"""Fewer points for the same line."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from tombola.report.figures.curves import CurvePoint

Point = TypeVar("Point", bound=CurvePoint)


def thinned(points: Sequence[Point], most: int, keep: float | None = None) -> tuple[Point, ...]:
    """At most about `most` of the points, in their order, so that the line through them looks the same.

    Of each run of neighbours the lowest and the highest are kept, and always the first, the last and
    the one at the epoch `keep`: no peak and no dip is lost, as it would be with every n-th point.

    Args:
        points: of one line.
        most: 4 or more; where there are no more points than that, all are kept.
        keep: the epoch of a point that is marked.

    >>> line = [CurvePoint(epoch, "train", abs(epoch - 500.0)) for epoch in range(1000)]
    >>> [point.epoch for point in thinned(line, most=6)]
    [0, 499, 500, 999]
    """
    if len(points) <= most:
        return tuple(points)
    runs = max(1, (most - 2) // 2)
    bounds = [index * len(points) // runs for index in range(runs + 1)]
    chosen = {0, len(points) - 1}
    for begin, end in pairwise(bounds):
        run = range(begin, end)
        chosen |= {min(run, key=lambda index: points[index].value), max(run, key=lambda index: points[index].value)}
    chosen |= {index for index, point in enumerate(points) if point.epoch == keep}
    return tuple(points[index] for index in sorted(chosen))
