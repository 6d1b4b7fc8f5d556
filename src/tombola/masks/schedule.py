"""How densities fall from level to level of iterative pruning."""

import math
from collections.abc import Mapping


def density_at(level: float, prune_fraction: float) -> float:
    """What is left after `level` levels that each remove a fraction of what remained: $(1 - f)^{level}$.

    >>> round(density_at(7, 0.2), 4)
    0.2097
    """
    return float((1 - prune_fraction) ** level)


def level_of(density: float, fractions: Mapping[str, float], sizes: Mapping[str, int]) -> float:
    """The level, in general no whole one, at which all layers together have this density.

    Args:
        density: of all layers together, in (0, 1].
        fractions: name -> what a level removes of the layer's remaining weights, in [0, 1).
        sizes: name -> number of weights.

    Returns:
        The level, or infinity where layers that lose nothing hold more than that density.

    >>> round(level_of(0.2097152, {"a": 0.2}, {"a": 1000}), 6)
    7.0
    """
    total = sum(sizes.values())

    def share(level: float) -> float:
        return sum(density_at(level, fractions[name]) * size for name, size in sizes.items()) / total

    if density >= 1:
        return 0.0
    low, high = 0.0, 1.0
    while share(high) > density:
        low, high = high, 2 * high
        if high > 1e6:
            return math.inf
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) > density else (low, middle)
    return high
