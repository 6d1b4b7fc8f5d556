"""The held-out curves of every training that a run consists of."""

from dataclasses import dataclass
from typing import Any, ClassVar

from tombola.api import Plan
from tombola.records.columns import columns
from tombola.studies.measures.measure import Finished
from tombola.training.checkpoint import STATE, read_history


@dataclass(frozen=True)
class TrainingCurves:
    """Held-out loss and metric over the iterations of each training of a run, such as the dense one before a search.

    A record's own curves are those of the training whose figures are the ticket's, and of no other.
    """

    name: ClassVar[str] = "trainings"

    def to_spec(self) -> dict[str, Any]:
        """The measure as JSON."""
        return {"name": self.name}

    def check(self, plan: Plan) -> None:
        """Every run has trainings."""

    @property
    def trainings(self) -> int:
        """None: they were done."""
        return 0

    def measure(self, finished: Finished) -> dict[str, Any]:
        """One column a quantity, `step` first, by the name of the training."""
        split = finished.plan.job.held_out[0]
        home = finished.folder.checkpoints
        states = sorted(home.rglob(STATE))
        return {path.parent.relative_to(home).as_posix(): _columns(read_history(path), split) for path in states}


def _columns(rows: list[dict[str, Any]], split: str) -> dict[str, list[float | None]]:
    return columns(
        [{key: value for key, value in row.items() if key == "step" or key.startswith(f"{split}_")} for row in rows]
    )
