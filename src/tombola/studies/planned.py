"""From one run of a study to a plan: all choices made, the data loaded, and the hash that names it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from tombola import data as datasets
from tombola.api import Plan, plan_of
from tombola.data import DataSet
from tombola.errors import UsageError
from tombola.studies.measures import measure_named
from tombola.studies.study import StudyRun
from tombola.training.identity import identity

Places = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class NamedRun:
    """A run of a study with all that was chosen, which names it.

    Args:
        run: of the study.
        spec: everything that was chosen: of the search, and of what is measured after it.
    """

    run: StudyRun
    spec: Mapping[str, Any]

    @cached_property
    def id(self) -> str:
        """The name of the run: a hash of its whole spec."""
        return identity(dict(self.spec))


@dataclass(frozen=True, eq=False)
class PlannedRun(NamedRun):
    """A run of a study, ready to be run; it holds the data.

    Args:
        plan: of its search.
    """

    plan: Plan


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
    names = [measure.name for measure in measures]
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise UsageError(f"measure {twice[0]} stands twice, and a record has one of a name: expected it once")
    spec = {"run": dict(planned.spec), "measures": [measure.to_spec() for measure in measures]}
    return PlannedRun(run, spec, planned)


@lru_cache(maxsize=2)
def _loaded(source: str) -> DataSet:
    return datasets.load(source)
