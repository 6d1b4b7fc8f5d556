"""From one run of a study to a plan: all choices made, the data loaded, and the hash that names it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar

from tombola import data as datasets
from tombola.api import Plan, plan_of
from tombola.data import DataSet
from tombola.errors import DataError, FaultsError, UsageError
from tombola.records.base import reckonable
from tombola.studies.measures import measure_named
from tombola.studies.study_run import StudyRun
from tombola.training.identity import identity

Places = Mapping[str, str]
T = TypeVar("T")


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

    def without_data(self) -> NamedRun:
        """What names it."""
        return NamedRun(self.run, self.spec)


def plan_run(run: StudyRun, places: Places) -> PlannedRun:
    """Make and check all choices of a run.

    Args:
        run: of a study.
        places: where data sets are, by name: `{"mnist": "data/mnist"}`; others are found by their name.
            What lies there is what its name says, whatever its folder is called.

    Raises:
        UsageError: where a setting or a measure is refused.
    """
    source = run.settings.get("data")
    settings: dict[str, Any] = dict(run.settings)
    if isinstance(source, str):
        settings["data"] = loaded(places.get(source, source), source)
    planned = plan_of(settings)
    measures = [measure_named(measure) for measure in run.measures]
    for measure in measures:
        measure.check(planned)
    for name, value in [*run.settings.items(), ("measures", [*run.measures])]:
        _check_numbers(name, value)
    names = [measure.name for measure in measures]
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise UsageError(f"measure {twice[0]} stands twice, and a record has one of a name: expected it once")
    spec = {"run": dict(planned.spec), "measures": [measure.to_spec() for measure in measures]}
    return PlannedRun(run, spec, planned)


def _check_numbers(name: str, value: Any) -> None:
    """Refuse a setting that a record cannot hold."""
    try:
        reckonable(value)
    except ValueError as error:
        raise UsageError(f"{name}: {error}, which no record can hold") from error


def of_each(runs: Iterable[StudyRun], places: Places, read: Callable[[PlannedRun], T]) -> dict[str, T]:
    """What is read from the plans of runs, one after the other, so that their data is not held; by the runs' keys.

    Raises:
        FaultsError: which lists every run that is refused: of values that do not go together.
        DataError: where data cannot be had.
    """
    found: dict[str, T] = {}
    faults: list[str] = []
    for run in runs:
        try:
            found[run.key] = read(plan_run(run, places))
        except DataError:
            raise
        except UsageError as error:
            faults.append(f"{run}: {error}")
    if faults:
        raise FaultsError("the study", faults)
    return found


@lru_cache(maxsize=2)
def loaded(source: str, name: str) -> DataSet:
    """What lies at a place, prepared as the data set that a study calls it.

    Raises:
        DataError: where it cannot be had.
    """
    return datasets.load(source, known_as=name)
