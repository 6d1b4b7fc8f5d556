"""`Budget`: how many weights a method keeps, and by which rule the highest values are chosen."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from tombola.errors import UsageError, check_density, check_name
from tombola.masks import ALLOCATIONS, allocate, kept_count
from tombola.search.job import Job
from tombola.search.parts.by_layer import check_by_layer
from tombola.subnetwork import Layout, NOfM, TopCounts
from tombola.subnetwork.prunable import matches
from tombola.subnetwork.straight_through import Choose

SCOPES = ("layerwise", "global")


@dataclass(frozen=True)
class Budget:
    """What every method that ranks weights has in common: it keeps those with the highest values.

    Args:
        density: fraction of the prunable weights kept, in (0, 1].
        layer_density: pattern -> density for layers that shall differ, e.g. `{"fc3": 1.0}`.
        scope: `layerwise`, each layer keeps its own top, or `global`, the network does, and a
            layer may lose more than others.
        allocation: of the budget over the layers: `uniform` or `erk`.
        n_of_m: a pattern such as `"2:4"` along the input dimension, instead of a free choice.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.
    """

    name: ClassVar[str]

    density: float = 0.5
    layer_density: Mapping[str, float] = field(default_factory=dict)
    scope: Literal["layerwise", "global"] = "layerwise"
    allocation: str = "uniform"
    n_of_m: str | None = None

    def __post_init__(self) -> None:
        check_density(self.density)
        check_by_layer("layer_density", self.layer_density, "densities", {"fc3": 1.0})
        for pattern, density in self.layer_density.items():
            check_density(density, f"layer_density of {pattern!r}")
        check_name("scope", self.scope, SCOPES)
        check_name("allocation", self.allocation, ALLOCATIONS)
        if self.scope == "global" and (self.layer_density or self.allocation != "uniform"):
            raise UsageError(
                "scope=global chooses over all layers: expected no layer_density and no allocation, or scope=layerwise"
            )
        if self.n_of_m is not None:
            self._check_pattern()

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return {"name": self.name} | asdict(self)

    def check(self, _: Job, layout: Layout) -> None:
        """Refuse patterns that match nothing, and an N:M pattern that does not fit a layer."""
        self.choice(layout)

    def densities(self, layout: Layout) -> dict[str, float]:
        """The density asked of each layer."""
        if self.scope == "global" or self.n_of_m:
            return dict.fromkeys(layout.names, self.density)
        return {name: count / layout.sized[name] for name, count in self._counts(layout).items()}

    def choice(self, layout: Layout) -> Choose:
        """The rule that makes a flat mask of flat values: the highest are kept, exactly as many as asked."""
        if self.n_of_m:
            keep, group = self._pattern()
            named = zip(layout.names, layout.units, strict=True)
            if wrong := [name for name, units in named if len(units.shape) < 2 or units.inputs % group]:
                raise UsageError(
                    f"n_of_m={self.n_of_m}: the input dimension of {', '.join(wrong)} is no multiple of {group}: "
                    "exclude it, or choose another pattern"
                )
            return NOfM(layout, keep, group)
        if self.scope == "global":
            return TopCounts((layout.total,), (kept_count(self.density, layout.total),))
        return TopCounts.layerwise(layout, self._counts(layout))

    def _counts(self, layout: Layout) -> dict[str, int]:
        counts = allocate(self.allocation, layout.by_name, self.density)
        for pattern, density in self.layer_density.items():
            counts |= {name: kept_count(density, layout.sized[name]) for name in matching(layout, pattern)}
        return counts

    def _pattern(self) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,4}):(\d{1,4})", str(self.n_of_m))
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageError(f"n_of_m={self.n_of_m!r}: expected N:M with 1 <= N <= M, such as 2:4")
        return int(match[1]), int(match[2])

    def _check_pattern(self) -> None:
        keep, group = self._pattern()
        if self.scope == "global" or self.layer_density or self.allocation != "uniform":
            raise UsageError(
                f"n_of_m={self.n_of_m} fixes every layer's choice: expected scope=layerwise, no other budget"
            )
        if self.density != keep / group:
            raise UsageError(f"n_of_m={self.n_of_m} keeps {keep / group!r} of the weights: expected that as density")


def matching(layout: Layout, pattern: str, of: str = "layer_density") -> list[str]:
    """Names of the prunable weights that a pattern of the setting `of` means.

    Raises:
        UsageError: where there are none.
    """
    chosen = [name for name in layout.names if matches(name, [pattern])]
    if not chosen:
        raise UsageError(f"{of}: pattern {pattern!r} matches no prunable weight; they are {', '.join(layout.names)}")
    return chosen
