"""From one run of a study to a plan: all choices made, the data loaded, and the hash that names it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tombola import data as datasets
from tombola.api import Plan, plan_of
from tombola.data import DataSet
from tombola.studies.measures import measure_named
from tombola.studies.study import StudyRun
from tombola.training.identity import identity

Places = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """A run of a study, ready to be run.

    Args:
        run: of the study.
        plan: of its search.
        spec: everything that was chosen: of the search, and of what is measured after it.
    """

    run: StudyRun
    plan: Plan
    spec: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The name of the run: a hash of its whole spec."""
        return identity(dict(self.spec))


def plan_run(run: StudyRun, places: Places) -> PlannedRun:
    """Make and check all choices of a run.

    Args:
        run: of a study.
        places: where data sets are, by name: `{"mnist": "data/mnist"}`; others are found by their name.

    Raises:
        UsageError: where a setting or a measure is refused.
    """
    source = run.settings.get("data")
    settings: dict[str, Any] = dict(run.settings)
    if isinstance(source, str):
        settings["data"] = _loaded(places.get(source, source))
    planned = plan_of(settings)
    measures = [measure_named(measure) for measure in run.measures]
    for measure in measures:
        measure.check(planned)
    spec = {"run": dict(planned.spec), "measures": [measure.to_spec() for measure in measures]}
    return PlannedRun(run, planned, spec)


@lru_cache(maxsize=2)
def _loaded(source: str) -> DataSet:
    return datasets.load(source)
