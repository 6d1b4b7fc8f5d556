"""How many levels a run will have."""

from tombola.api import Plan
from tombola.search import IterativeMagnitude
from tombola.subnetwork import prunable_layout

IMP = IterativeMagnitude.name


def levels_of(plan: Plan) -> int | None:
    """The index of the last level of iterative pruning; None for methods that have no levels."""
    job, method = plan.job, plan.method
    if not isinstance(method, IterativeMagnitude):
        return None
    return len(method.schedule(prunable_layout(job.model.make(), job.include, job.exclude)))
