"""What is wrong with a study, all of it at once, each with the place where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass

from tombola.api.settings import MODEL_ARGUMENT, NAMES
from tombola.errors import DataError, FaultsError, UsageError, unknown_name
from tombola.studies.axes import Settings
from tombola.studies.culprits import culprits, is_made_up
from tombola.studies.grid import Grid, is_known
from tombola.studies.parts import FULL
from tombola.studies.planned import Places, plan_run
from tombola.studies.study import Study
from tombola.studies.study_run import StudyRun

REQUIRED = {"model": "such as digits-mlp", "data": "such as digits"}
# In the place of a model or data that are refused, to see what else is wrong, without what only the real ones can tell.
STAND_INS: Settings = {
    "model": "torch.nn:Linear",
    f"{MODEL_ARGUMENT}in_features": 1000,
    f"{MODEL_ARGUMENT}out_features": 1000,
    "data": "digits",
}
OF_THE_REAL = {
    "augment",
    "exclude",
    "image_size",
    "include",
    "layer_density",
    "layer_prune_fraction",
    "n_of_m",
    "retrain_step",
    "rewind_step",
}

Fault = tuple[str, UsageError]  # the place, and what is said


def check(study: Study, preset: str | None, places: Places) -> None:
    """Plan one run with every value of every axis; the data is loaded, nothing is run.

    Raises:
        FaultsError: which lists every name that is no setting, and every value that is refused.
        DataError: where nothing is wrong but that data cannot be had.
    """
    measures = study.measures_of(study.preset(preset))
    arms = (Grid.of(study, arm, preset or FULL) for arm in study.arms_of(study.preset(preset)))
    checks = [_Check(grid, measures, places) for grid in arms]
    found = {f"{place}: {error}": error for each in checks for place, error in each.faults()}
    if len(found) == 1 and isinstance(error := next(iter(found.values())), DataError):
        raise DataError(f"study {study.name}: {next(iter(found))}") from error
    if found:
        raise FaultsError(f"study {study.name}", list(found))


@dataclass(frozen=True)
class _Check:
    """The check of an arm: its runs at the first value of every axis, what is measured of them, and where data is."""

    first: Grid
    measures: tuple[Settings, ...]
    places: Places

    def faults(self) -> Iterator[Fault]:
        """What is wrong, of names first, then of values, then of measures."""
        yield from _unknown(self.first)
        yield from _missing(self.first)
        found, base = self._explored(self.first)
        yield from found
        wrong = {axis for axis in base.axes if base.has_at(axis, (place for place, _ in found))}
        for axis in sorted(base.axes, key=lambda axis: axis not in wrong):
            for index in range(1, len(base.axes[axis])):
                more = self._further(base, axis, index)
                yield from more
                if axis in wrong and not more:  # the first sound value: what a wrong one hid shows now
                    wrong.remove(axis)
                    shown, base = self._explored(base.at(axis, index))
                    yield from shown
        yield from self._of_measures(base)

    def _explored(self, grid: Grid) -> tuple[list[Fault], Grid]:
        """The faults of the run that a grid looks at, and the grid without the settings that are refused."""
        found: list[Fault] = []
        while error := self._said(grid):
            names = culprits(error, grid, grid.settings, self._said)
            where = " and ".join(dict.fromkeys(map(grid.place, names)))
            if not is_made_up(error, grid):
                found.append((where or f"arm {grid.arm}, settings with the first value of every axis", error))
            if not names:
                break
            grid = grid.leaving_out(names)
        return found, grid

    def _further(self, base: Grid, axis: str, index: int) -> list[Fault]:
        """The faults of another value of an axis, where all else is sound or has been told of."""
        grid, common = base.at(axis, index), str(self._said(base))
        found: list[Fault] = []
        while (error := self._said(grid)) and str(error) != common:
            if not is_made_up(error, grid):
                found.append((grid.place_of(axis), error))
            names = culprits(error, grid, grid.settings_of(axis), self._said)
            if not names:
                break
            grid = grid.leaving_out(names)
        return found

    def _of_measures(self, base: Grid) -> Iterator[Fault]:
        common = str(self._said(base))
        sound: list[Settings] = []
        for at, measure in enumerate(self.measures):
            error = self._said(base, (*sound, measure))
            if error is None:
                sound.append(measure)
            elif str(error) != common:
                yield f"measures[{at}]", error
        for axis, values in base.axes.items():
            for other in (base.at(axis, index) for index in range(1, len(values)) if sound):
                if (error := self._said(other, tuple(sound))) and self._said(other) is None:
                    yield other.place_of(axis), error

    def _said(self, grid: Grid, measures: tuple[Settings, ...] = ()) -> UsageError | None:
        """What is said of the run that a grid looks at, None where it will do."""
        settings = _with_stand_ins(grid.settings)
        if settings is None:
            return None
        try:
            run = StudyRun(arm=grid.arm, point={}, seed=0, settings=settings | {"seed": 0}, measures=measures)
            plan_run(run, self.places)
        except UsageError as error:
            return error
        return None


def _with_stand_ins(settings: Settings) -> Settings | None:
    """Settings with stand-ins for a model or data that are left out; None where nothing can be said then."""
    if settings.keys() >= REQUIRED.keys():
        return settings
    if settings.get("preset"):
        return None  # what it comes to depends on the model
    return {name: value for name, value in settings.items() if not _is_of_the_real(name)} | STAND_INS


def _is_of_the_real(name: str) -> bool:
    return name in OF_THE_REAL or name == MODEL_ARGUMENT.rstrip(".") or name.startswith(MODEL_ARGUMENT)


def _unknown(grid: Grid) -> Iterator[Fault]:
    for name in grid.shared:
        yield from _unknown_setting(grid.sources[name], name)
    for axis, values in grid.axes.items():
        for index in range(len(values)):
            here = grid.at(axis, index)
            for name in here.settings_of(axis):
                place = grid.sources[axis] if name == axis else f"{here.place_of(axis)}.{name}"
                yield from _unknown_setting(place, name)


def _unknown_setting(place: str, name: str) -> Iterator[Fault]:
    if not is_known(name):
        yield place, unknown_name("setting", name, NAMES)


def _missing(grid: Grid) -> Iterator[Fault]:
    given = set(grid.shared).union(*map(grid.settings_of, grid.axes))
    for name, such in REQUIRED.items():
        if name not in given:
            yield f"settings.{name}", UsageError(f"missing: expected one, {such}")
