"""How many trainings runs consist of, as far as can be told before they are run."""

from collections.abc import Iterable

from tombola.search import Criterion, Filters, Threshold
from tombola.studies.measures.levels import levels_of
from tombola.studies.planned import PlannedRun
from tombola.training.identity import identity

BEGIN_DENSE = (Criterion, Filters, Threshold)  # the methods that begin with a training which runs share


def trainings(runs: Iterable[PlannedRun]) -> int:
    """The trainings of all runs; a dense one that several begin with counts once."""
    given = tuple(runs)
    begun = {_beginning(each) for each in given if isinstance(each.plan.method, BEGIN_DENSE)}
    return len(begun) + sum(map(_own, given))


def _own(planned: PlannedRun) -> int:
    """The trainings that no other run has."""
    method = planned.plan.method
    if isinstance(method, Criterion):
        return int(method.retrain)
    return 1 if isinstance(method, BEGIN_DENSE) else 1 + (levels_of(planned.plan) or 0)


def _beginning(planned: PlannedRun) -> str:
    return identity({name: value for name, value in planned.plan.spec.items() if name != "method"})
