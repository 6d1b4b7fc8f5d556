"""`UnitBudget`: how many output units of each layer a method keeps, and where whole units stand in the network."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from torch import Tensor

from tombola.errors import check_density
from tombola.masks import kept_count
from tombola.search.job import Job
from tombola.search.parts.budget import matching
from tombola.search.parts.by_layer import check_by_layer
from tombola.search.parts.dense import check_whole
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, TopCounts, untrained_copy
from tombola.subnetwork.wiring import Wiring, wiring_of
from tombola.weights import Own

EXAMPLES = 8  # run to see how the network is wired


@dataclass(frozen=True)
class UnitBudget:
    """What every method that removes whole neurons and filters has in common.

    A layer keeps exactly `max(1, round(density · units))` of its output units. All units of a layer
    have as many weights, so the density of its mask is that same fraction. The density of the whole
    mask is higher: the layers that make the model's outputs stay whole. Weights that read a removed
    unit are not removed with it: they count as kept, though nothing passes through them.

    Args:
        density: fraction of the output units of each layer that is kept, in (0, 1].
        layer_density: pattern -> density of units for layers that shall differ, e.g. `{"conv1": 0.9}`;
            a pattern that matches an output layer is followed too.

    Raises:
        UsageError: where a value is not allowed.
    """

    name: ClassVar[str]

    density: float = 0.5
    layer_density: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_density(self.density)
        check_by_layer("layer_density", self.layer_density, "densities", {"conv1": 0.9})
        for pattern, density in self.layer_density.items():
            check_density(density, f"layer_density of {pattern!r}")

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return {"name": self.name} | asdict(self)

    def check(self, _: Job, layout: Layout) -> None:
        """Refuse patterns that match nothing."""
        self.counts(layout, outputs=())

    def counts(self, layout: Layout, outputs: Collection[str]) -> dict[str, int]:
        """Name -> number of units the layer keeps.

        Args:
            layout: of the prunable weights.
            outputs: names of those that make the model's outputs.
        """
        units = layout.by_unit.sized
        counts = {name: count if name in outputs else kept_count(self.density, count) for name, count in units.items()}
        for pattern, density in self.layer_density.items():
            counts |= {name: kept_count(density, units[name]) for name in matching(layout, pattern)}
        return counts


@dataclass(frozen=True, eq=False)
class KeptUnits:
    """How many units of every layer are kept, and what belongs to them; `examples` is a small batch of inputs."""

    layout: Layout
    wiring: Wiring
    counts: Mapping[str, int]
    examples: Tensor

    @property
    def choice(self) -> TopCounts:
        """The rule: of flat values, one a unit, the highest of each layer; ties to the lowest index."""
        return TopCounts.layerwise(self.layout.by_unit, self.counts)

    @property
    def densities(self) -> dict[str, float]:
        """Name -> fraction kept of the layer's units, and so of its weights."""
        return {name: self.counts[name] / units for name, units in self.layout.by_unit.sized.items()}

    def vectors(self, kept: Tensor) -> dict[str, Tensor]:
        """Name -> which numbers of biases, and of normalisations that follow, belong to units that are kept.

        Args:
            kept: flat, bool, one a unit.
        """
        bits, companions = self.layout.by_unit.named(kept), self.wiring.companions
        return {vector: bits[weight] for weight, vectors in companions.items() for vector in vectors}

    @property
    def figures(self) -> dict[str, Any]:
        """For the record: units and kept units of each layer, and the layers that make the outputs."""
        units = {name: {"units": count, "kept": self.counts[name]} for name, count in self.layout.by_unit.sized.items()}
        return {"units": units, "output_layers": sorted(self.wiring.outputs)}


def kept_units(budget: UnitBudget, workspace: Workspace, layout: Layout) -> KeptUnits:
    """What a budget comes to in the job's model.

    Raises:
        UsageError: where the model does not take the data, or a pattern matches nothing.
    """
    job = workspace.job
    check_whole(workspace, layout)
    model = untrained_copy(job.model.make(), layout, Own())
    examples = job.data.preparation(job.data.train.first(EXAMPLES))
    wiring = wiring_of(model, layout, examples.to(next(model.parameters()).device))
    return KeptUnits(layout, wiring, budget.counts(layout, wiring.outputs), examples)
