"""How many trainings runs consist of, as far as can be told before they are run."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.search.found import CountedMethod, SearchTrainings
from tombola.search.parts.once import beginning
from tombola.studies.measures import measure_named
from tombola.studies.planned import PlannedRun
from tombola.subnetwork import prunable_layout
from tombola.training.identity import identity


@dataclass(frozen=True)
class Workload:
    """What one run trains.

    Args:
        own: trainings that no other run has.
        begins_with: a name of the dense training that other runs may begin with too; None where there is none.
    """

    own: int
    begins_with: str | None = None


def workload_of(planned: PlannedRun) -> Workload:
    """The trainings of a run, and of what is measured of it."""
    job, method = planned.plan.job, planned.plan.method
    count = SearchTrainings()
    if isinstance(method, CountedMethod):
        count = method.trainings(prunable_layout(job.model.make(), job.include, job.exclude))
    own = count.own + sum(measure_named(measure).trainings for measure in planned.run.measures)
    return Workload(own, identity(beginning(dict(planned.plan.spec))) if count.begins_dense else None)


def shared(runs: Iterable[Workload]) -> int:
    """The dense trainings that runs begin with, each counted once; their checkpoints are kept until all are run."""
    return len({each.begins_with for each in runs} - {None})


def total(runs: Iterable[Workload]) -> int:
    """The trainings of all runs; a dense one that several begin with counts once."""
    given = tuple(runs)
    return shared(given) + sum(each.own for each in given)
