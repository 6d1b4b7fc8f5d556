r"""Edge-popup: learn a score per weight, keep the top fraction, never touch a weight.

Forward: $I_v = \sum_u w_{uv} Z_u \, h(|s_{uv}|)$, with $h = 1$ for the top fraction of its layer.
Backward: $s_{uv} \leftarrow s_{uv} - \alpha \, \partial L / \partial I_v \, w_{uv} Z_u \operatorname{sign}(s_{uv})$.

Source: Ramanujan, Wortsman, Kembhavi, Farhadi & Rastegari, "What's Hidden in a Randomly Weighted
Neural Network?", CVPR 2020, arXiv 1911.13299; settings from the authors' code.

Where this differs from the paper: exactly `round(density · n)` weights are kept, ties to the lowest
index (the published code keeps ⌈n · density⌉ or ⌊n · density⌋, and sorts); besides the same density
in every layer there are a global choice, budgets per layer, and N:M patterns.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from torch import Tensor

from tombola.errors import UsageError, check_density, unknown_name
from tombola.masks import ALLOCATIONS, allocate, kept_count
from tombola.search.collapse import CollapseCheck
from tombola.search.job import Found, Workspace
from tombola.subnetwork import Layout, NOfM, Subnetwork, TopCounts, TopEverywhere, TopScores, prunable_layout
from tombola.subnetwork.prunable import matches
from tombola.subnetwork.straight_through import Choose
from tombola.training import Training, derive
from tombola.weights import TorchDefault

SCOPES = ("layerwise", "global")


@dataclass(frozen=True)
class EdgePopup:
    """Edge-popup and its settings.

    Args:
        density: fraction of the prunable weights kept, in (0, 1].
        layer_density: pattern -> density for layers that shall differ, e.g. `{"fc3": 1.0}`.
        scope: `layerwise`, each layer keeps its own top, or `global`, the network does, and a
            layer may lose more than others.
        allocation: of the budget over the layers: `uniform` or `erk`.
        n_of_m: a pattern such as `"2:4"` along the input dimension, instead of a free choice.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> EdgePopup(density=30)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: density=30: expected 0 < density <= 1; did you mean 0.3?
    """

    name: ClassVar[str] = "edge-popup"
    title: ClassVar[str] = "edge-popup supermask"
    defaults: ClassVar[Training] = Training()

    density: float = 0.5
    layer_density: Mapping[str, float] = field(default_factory=dict)
    scope: Literal["layerwise", "global"] = "layerwise"
    allocation: str = "uniform"
    n_of_m: str | None = None

    def __post_init__(self) -> None:
        check_density(self.density)
        for pattern, density in self.layer_density.items():
            check_density(density, f"layer_density of {pattern!r}")
        if self.scope not in SCOPES:
            raise unknown_name("scope", str(self.scope), SCOPES)
        if self.allocation not in ALLOCATIONS:
            raise unknown_name("allocation", str(self.allocation), ALLOCATIONS)
        if self.scope == "global" and (self.layer_density or self.allocation != "uniform"):
            raise UsageError("scope=global chooses over all layers: expected no layer_density and no allocation")
        if self.n_of_m is not None:
            self._check_pattern()

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return {"name": self.name} | asdict(self)

    def densities(self, layout: Layout) -> dict[str, float]:
        """The density asked of each layer."""
        if self.scope == "global" or self.n_of_m:
            return dict.fromkeys(layout.names, self.density)
        return {name: count / layout.sized[name] for name, count in self._counts(layout).items()}

    def choice(self, layout: Layout) -> Choose:
        """The rule that makes a mask of score magnitudes."""
        if self.n_of_m:
            keep, group = self._pattern()
            if wrong := [name for name, shape in layout.by_name.items() if len(shape) < 2 or shape[1] % group]:
                raise UsageError(
                    f"n_of_m={self.n_of_m}: the input dimension of {', '.join(wrong)} is no multiple of {group}: "
                    "exclude it, or choose another pattern"
                )
            return NOfM(layout, keep, group)
        if self.scope == "global":
            return TopEverywhere(layout, kept_count(self.density, layout.total))
        return TopCounts.layerwise(layout, self._counts(layout))

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores; the weights are never touched.

        Raises:
            CollapsedError: where a layer has no live path left.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        densities = self.densities(layout)
        selector = TopScores(layout, self.choice(layout), initial_scores(layout, job.seeds.mask_seed))
        network = Subnetwork(
            model, selector, job.weights, include=job.include, exclude=job.exclude, densities=densities
        )
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        check = CollapseCheck(network, job)
        check()
        fitted = workspace.train(
            self.name,
            network,
            job.training,
            facts={"density": f"{self.density:g}"},
            after_epoch=check,
            record=workspace.folder.write_metrics,
        )
        return Found(network, densities, fitted, selector.scores.detach().abs())

    def _counts(self, layout: Layout) -> dict[str, int]:
        counts = allocate(self.allocation, layout.by_name, self.density)
        for pattern, density in self.layer_density.items():
            chosen = [name for name in layout.names if matches(name, [pattern])]
            if not chosen:
                known = ", ".join(layout.names)
                raise UsageError(f"layer_density: pattern {pattern!r} matches no prunable weight; they are {known}")
            counts |= {name: kept_count(density, size) for name, size in layout.sized.items() if name in chosen}
        return counts

    def _pattern(self) -> tuple[int, int]:
        match = re.fullmatch(r"(\d{1,4}):(\d{1,4})", str(self.n_of_m))
        if match is None or not 1 <= int(match[1]) <= int(match[2]):
            raise UsageError(f"n_of_m={self.n_of_m!r}: expected N:M with 1 <= N <= M, such as 2:4")
        return int(match[1]), int(match[2])

    def _check_pattern(self) -> None:
        keep, group = self._pattern()
        if self.scope == "global" or self.layer_density or self.allocation != "uniform":
            raise UsageError(f"n_of_m={self.n_of_m} fixes every layer's choice: expected no other budget beside it")
        if self.density != keep / group:
            raise UsageError(f"n_of_m={self.n_of_m} keeps {keep / group:g} of the weights: expected that as density")


def initial_scores(layout: Layout, mask_seed: int) -> Tensor:
    """Flat scores, Kaiming uniform with a = √5: uniform in ±1/√fan_in, as the authors' code draws them."""
    recipe = TorchDefault(seed=derive(mask_seed, "scores"))
    return layout.fill(recipe.tensor)
