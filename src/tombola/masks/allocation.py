"""How a budget of kept weights is spread over the layers, in whole numbers."""

import math
from collections.abc import Callable, Mapping, Sequence

from tombola.errors import check_density, unknown_name
from tombola.masks.counts import kept_count

Shapes = Mapping[str, Sequence[int]]


def allocate(allocation: str, shapes: Shapes, density: float) -> dict[str, int]:
    """The number of weights each layer keeps.

    Args:
        allocation: `uniform`, the same density everywhere, or `erk`, more to small layers.
        shapes: name -> shape of each prunable weight.
        density: fraction kept, in (0, 1].

    Returns:
        name -> count, each between 1 and the layer's size.

    Raises:
        UsageError: for an unknown allocation or a density that is none.

    >>> allocate("uniform", {"a": (10, 10), "b": (5, 4)}, 0.5)
    {'a': 50, 'b': 10}
    >>> allocate("erk", {"a": (100, 100), "b": (10, 10)}, 0.2)
    {'a': 1920, 'b': 100}
    """
    if allocation not in ALLOCATIONS:
        raise unknown_name("allocation", allocation, ALLOCATIONS)
    return ALLOCATIONS[allocation](shapes, check_density(density))


def uniform(shapes: Shapes, density: float) -> dict[str, int]:
    """Every layer keeps `kept_count(density, size)`."""
    return {name: kept_count(density, math.prod(shape)) for name, shape in shapes.items()}


def erk(shapes: Shapes, density: float) -> dict[str, int]:
    r"""Erdős–Rényi kernel: layer density proportional to `sum(shape) / prod(shape)`, at most 1.

    The layers together keep exactly `kept_count(density, total)` weights (or one a layer, where
    that is more). Fractions left by rounding go to the layers with the largest remainders.

    Source: Evci et al. 2020, Rigging the Lottery, arXiv 1911.11134.
    """
    sizes = {name: math.prod(shape) for name, shape in shapes.items()}
    budget = max(kept_count(density, sum(sizes.values())), sum(size > 0 for size in sizes.values()))
    shares = _capped_shares({name: float(sum(shape)) for name, shape in shapes.items()}, sizes, budget)
    counts = {name: min(size, max(min(1, size), int(shares[name]))) for name, size in sizes.items()}
    return _settle(counts, shares, sizes, budget)


def _capped_shares(raw: dict[str, float], sizes: dict[str, int], budget: int) -> dict[str, float]:
    # Scale the raw shares to the budget; a layer that would exceed its size is dense, and the
    # others share what is left, until none exceeds.
    dense: set[str] = set()
    while True:
        open_layers = [name for name in sizes if name not in dense]
        left = budget - sum(sizes[name] for name in dense)
        total = sum(raw[name] for name in open_layers)
        scale = left / total if total else 0.0
        full = {name for name in open_layers if scale * raw[name] >= sizes[name]}
        if not full:
            return {name: float(sizes[name]) if name in dense else scale * raw[name] for name in sizes}
        dense |= full


def _settle(counts: dict[str, int], shares: dict[str, float], sizes: dict[str, int], budget: int) -> dict[str, int]:
    counts = dict(counts)
    while (missing := budget - sum(counts.values())) != 0:
        direction = 1 if missing > 0 else -1
        movable = [name for name in counts if 1 <= counts[name] + direction <= sizes[name]]
        movable.sort(key=lambda name: direction * (counts[name] - shares[name]))
        for name in movable[: abs(missing)]:
            counts[name] += direction
    return counts


ALLOCATIONS: dict[str, Callable[[Shapes, float], dict[str, int]]] = {"uniform": uniform, "erk": erk}
