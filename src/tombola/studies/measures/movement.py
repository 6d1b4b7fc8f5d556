"""How far weights move in training, those that a ticket keeps and the others."""

from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from tombola.api import Plan
from tombola.errors import UsageError
from tombola.studies.measures.levels import IMP, levels_of
from tombola.studies.measures.measure import Finished
from tombola.subnetwork import prunable_layout, untrained_copy
from tombola.ticket import load
from tombola.training import RunFolder
from tombola.training.checkpoint import STATE, load_network_of_checkpoint


@dataclass(frozen=True)
class Movement:
    """|w_final − w_initial| of the dense training, averaged over kept and over removed weights, at every level.

    Source: Frankle & Carbin 2019, appendix F.2: weights of a winning ticket move further than the others.
    """

    name: ClassVar[str] = "movement"

    def to_spec(self) -> dict[str, Any]:
        """The measure as JSON."""
        return {"name": self.name}

    def check(self, plan: Plan) -> None:
        """See that the run has levels.

        Raises:
            UsageError: where it has none.
        """
        if levels_of(plan) is None:
            raise UsageError(f"measure movement is taken over the levels of {IMP}: expected method {IMP}")

    @property
    def trainings(self) -> int:
        """None: it looks at what the run has trained."""
        return 0

    def measure(self, finished: Finished) -> dict[str, Any]:
        """One row a level and layer: `level`, `layer`, `density`, `kept` and `removed`, the two means."""
        folder = finished.folder
        levels = [int(path.name) for path in sorted(folder.levels.glob("[0-9]*")) if path.is_dir()]
        job = finished.plan.job
        model = job.model.make()
        begun = untrained_copy(model, prunable_layout(model, job.include, job.exclude), job.weights)
        load_network_of_checkpoint(folder.checkpoint("level-00") / STATE, model)
        moved = {
            name: (value.detach() - begun.get_parameter(name).detach()).abs()
            for name, value in model.named_parameters()
        }
        return {"rows": [row for level in levels[1:] for row in _rows(level, folder, moved)]}


def _rows(level: int, folder: RunFolder, moved: dict[str, Tensor]) -> list[dict[str, Any]]:
    mask = load(folder.level(level) / "ticket").mask
    return [
        {
            "level": level,
            "layer": name,
            "density": mask.kept(name) / mask.numel(name),
            "kept": float(moved[name][kept].mean()),
            "removed": float(moved[name][~kept].mean()),
        }
        for name, kept in mask.items()
        if 0 < mask.kept(name) < mask.numel(name)
    ]
