"""Which density every layer has at every level of iterative pruning, known before anything is trained."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tombola.errors import UsageError
from tombola.masks.schedule import density_at, level_of
from tombola.search.parts.budget import matching
from tombola.subnetwork import Layout

MOST_LEVELS = 1000


@dataclass(frozen=True)
class Level:
    """One level: its index, and name -> density asked of each layer."""

    index: int
    densities: Mapping[str, float]


def levels_of(
    layout: Layout,
    *,
    density: float | None,
    levels: int | None,
    prune_fraction: float,
    layer_prune_fraction: Mapping[str, float],
    scope: str = "layerwise",
) -> tuple[Level, ...]:
    """The levels from 1 on; the last has exactly the density asked for, if one is asked for.

    Args:
        layout: of the prunable weights.
        density: to end with, over all layers.
        levels: number of levels. With a density, every level removes the same fraction, so that the
            last one gets there, and the prune fractions are not used.
        prune_fraction: fraction of the remaining weights that a level removes.
        layer_prune_fraction: pattern -> another fraction for the layers that match.
        scope: where it is `global`, a level is refused only if it leaves nothing in all.

    Raises:
        UsageError: where the density cannot be reached, or a level would empty a layer.
    """
    if density is not None and levels is not None:
        schedule = _equal_steps(layout, density, levels)
    else:
        fractions = dict.fromkeys(layout.names, prune_fraction)
        for pattern, fraction in layer_prune_fraction.items():
            fractions |= dict.fromkeys(matching(layout, pattern, "layer_prune_fraction"), fraction)
        schedule = _by_fractions(layout, density, levels, fractions)
    for level in schedule:
        _check_not_empty(level, layout, scope)
    return schedule


def _equal_steps(layout: Layout, density: float, levels: int) -> tuple[Level, ...]:
    shares = [density ** (index / levels) for index in range(1, levels + 1)]
    return tuple(Level(index, dict.fromkeys(layout.names, share)) for index, share in enumerate(shares, start=1))


def _by_fractions(
    layout: Layout, density: float | None, levels: int | None, fractions: Mapping[str, float]
) -> tuple[Level, ...]:
    last = float(levels or 0) if density is None else _last_level(density, fractions, layout)
    # What rounding leaves beyond a whole number is no level of its own.
    count = max(1, math.ceil(last - 1e-6))
    schedule = [
        Level(index, {name: density_at(min(index, last), fraction) for name, fraction in fractions.items()})
        for index in range(1, count + 1)
    ]
    if density is not None and len(set(fractions.values())) == 1:
        schedule[-1] = Level(count, dict.fromkeys(layout.names, density))  # not what powers and roots make of it
    return tuple(schedule)


def _last_level(density: float, fractions: Mapping[str, float], layout: Layout) -> float:
    last = level_of(density, fractions, layout.sized)
    if sum(layout.sized[name] for name, fraction in fractions.items() if not fraction) > density * layout.total:
        raise UsageError(f"density={density:g} cannot be reached: layers that lose nothing hold more than that")
    if last > MOST_LEVELS:
        raise UsageError(
            f"density={density:g} takes more than {MOST_LEVELS} levels: expected a larger prune_fraction, "
            "or a number of levels instead of it"
        )
    return last


def _check_not_empty(level: Level, layout: Layout, scope: str) -> None:
    shares = {name: density * layout.sized[name] for name, density in level.densities.items() if density < 1}
    if scope == "global" and shares and round(sum(shares.values())) == 0:
        raise UsageError(
            f"level {level.index} would leave none of the {sum(layout.sized[name] for name in shares)} weights "
            "that are ranked together: expected fewer levels, or a higher density"
        )
    emptied = [name for name, share in shares.items() if scope == "layerwise" and round(share) == 0]
    if emptied:
        name = emptied[0]
        raise UsageError(
            f"level {level.index} would leave none of the {layout.sized[name]} weights of {name} "
            f"(density {level.densities[name]:.2g}): expected fewer levels, a higher density, or a smaller "
            f"layer_prune_fraction for {name}"
        )
