"""What can be measured of a finished run besides its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from tombola.api import Plan, Run
from tombola.training import Progress, RunFolder


@dataclass(frozen=True, eq=False)
class Finished:
    """A finished run, as a measure sees it.

    Args:
        plan: of the run.
        run: what came out.
        folder: of the run, with its tickets and checkpoints; a measure may keep files there, to go on after a kill.
        progress: what is told on the way.
    """

    plan: Plan
    run: Run
    folder: RunFolder
    progress: Progress


@runtime_checkable
class Measure(Protocol):
    """A frozen value that measures a finished run.

    Attributes:
        name: in the registry, and in the record.
    """

    name: ClassVar[str]

    def to_spec(self) -> dict[str, Any]:
        """The measure and its settings as JSON: part of what identifies a run."""
        ...

    def check(self, plan: Plan) -> None:
        """See that it can be taken of a run, before that is run.

        Raises:
            UsageError: where it cannot.
        """
        ...

    @property
    def trainings(self) -> int:
        """How many trainings it takes at most, which an estimate of the time counts."""
        ...

    def measure(self, finished: Finished) -> Mapping[str, Any]:
        """What it comes to, as JSON."""
        ...
