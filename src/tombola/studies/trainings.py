"""How many trainings runs consist of, as far as can be told before they are run."""

from collections.abc import Iterable

from tombola.search import Criterion, Filters, Threshold
from tombola.search.parts.once import beginning
from tombola.studies.measures.levels import levels_of
from tombola.studies.planned import PlannedRun
from tombola.training.identity import identity

BEGIN_DENSE = (Criterion, Filters, Threshold)  # of a method that is missing here, the estimate alone is too high


def trainings(runs: Iterable[PlannedRun]) -> int:
    """The trainings of all runs; a dense one that several begin with counts once."""
    given = tuple(runs)
    return shared_trainings(given) + sum(map(_own, given))


def shared_trainings(runs: Iterable[PlannedRun]) -> int:
    """The dense trainings that runs begin with, each counted once; their checkpoints are kept until all are run."""
    dense = (each for each in runs if isinstance(each.plan.method, BEGIN_DENSE))
    return len({identity(beginning(dict(each.plan.spec))) for each in dense})


def _own(planned: PlannedRun) -> int:
    """The trainings that no other run has."""
    method = planned.plan.method
    if isinstance(method, Criterion):
        return int(method.retrain)
    return 1 if isinstance(method, BEGIN_DENSE) else 1 + (levels_of(planned.plan) or 0)
