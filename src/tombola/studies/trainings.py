"""How many trainings runs consist of, as far as can be told before they are run."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.search import Criterion, Filters, Threshold
from tombola.search.parts.once import beginning
from tombola.studies.measures.levels import levels_of
from tombola.studies.planned import PlannedRun
from tombola.training.identity import identity

BEGIN_DENSE = (Criterion, Filters, Threshold)  # of a method that is missing here, the estimate alone is too high


@dataclass(frozen=True)
class Trainings:
    """What one run trains.

    Args:
        own: trainings that no other run has.
        begins_with: a name of the dense training that other runs may begin with too; None where there is none.
    """

    own: int
    begins_with: str | None = None


def trainings_of(planned: PlannedRun) -> Trainings:
    """The trainings of a run."""
    method = planned.plan.method
    if not isinstance(method, BEGIN_DENSE):
        return Trainings(1 + (levels_of(planned.plan) or 0))
    own = int(method.retrain) if isinstance(method, Criterion) else 1
    return Trainings(own, identity(beginning(dict(planned.plan.spec))))


def shared(runs: Iterable[Trainings]) -> int:
    """The dense trainings that runs begin with, each counted once; their checkpoints are kept until all are run."""
    return len({each.begins_with for each in runs} - {None})


def total(runs: Iterable[Trainings]) -> int:
    """The trainings of all runs; a dense one that several begin with counts once."""
    given = tuple(runs)
    return shared(given) + sum(each.own for each in given)
