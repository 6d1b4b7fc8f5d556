"""What is wrong with a study, all of it at once, each with the place where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from pydantic import JsonValue

from tombola.api.settings import MODEL_ARGUMENT, NAMES
from tombola.errors import DataError, FaultsError, UsageError, unknown_name
from tombola.studies.axes import Axes, Settings, one_by_one, varied
from tombola.studies.planned import Places, plan_run
from tombola.studies.study import FULL, Study, StudyRun

REQUIRED = {"model": "such as digits-mlp", "data": "such as digits"}
# In the place of a model or data that are refused, to see what else is wrong, without what only the real ones can tell.
STAND_INS: Settings = {
    "model": "torch.nn:Linear",
    f"{MODEL_ARGUMENT}in_features": 1000,
    f"{MODEL_ARGUMENT}out_features": 1000,
    "data": "digits",
}
PARTICULAR = {"augment", "exclude", "image_size", "include", "layer_density", "layer_prune_fraction", "n_of_m"}


def check(study: Study, preset: str | None, places: Places) -> None:
    """Plan one run with every value of every axis; the data is loaded, nothing is run.

    Raises:
        FaultsError: which lists every name that is no setting, and every value that is refused.
    """
    grids = [_Grid.of(study, arm, preset or FULL, places) for arm in study.arms_of(study.preset(preset))]
    found = list(dict.fromkeys(problem for grid in grids for problem in grid.problems()))
    if found:
        raise FaultsError(f"study {study.name}", found)


@dataclass(frozen=True)
class _Grid:
    """The runs of an arm, and where in the study all that they are made of stands.

    Args:
        arm: its name.
        shared: the settings of all its runs.
        axes: over which they vary.
        measures: what is measured of each.
        sources: the place of each setting and each axis.
        places: of data.
        refused: settings that are left out because they are refused, with the values that are.
    """

    arm: str
    shared: Settings
    axes: Axes
    measures: tuple[Settings, ...]
    sources: Mapping[str, str]
    places: Places
    refused: Settings

    @classmethod
    def of(cls, study: Study, arm: str, preset: str, places: Places) -> "_Grid":
        chosen, own = study.preset(preset), study.arms[arm]
        axes = study.axes_of(arm, chosen)
        settings = {
            "settings": study.settings,
            f"arms.{arm}.settings": own.settings,
            f"presets.{preset}.settings": chosen.settings,
        }
        varying = {"axes": study.axes, f"arms.{arm}.axes": own.axes, f"presets.{preset}.axes": chosen.axes}
        sources = {name: f"{at}.{name}" for at, given in settings.items() for name in one_by_one(given)}
        sources |= {name: f"{at}.{name}" for at, given in varying.items() for name in given if name in axes}
        return cls(arm, study.settings_of(arm, chosen), axes, study.measures_of(chosen), sources, places, {})

    def problems(self) -> Iterator[str]:
        """What is wrong, of names first, then of values."""
        yield from self._unknown()
        yield from self._missing()
        found, rest = self._without_faults()
        yield from found
        common = rest._said()
        if common:
            yield f"arm {self.arm}, settings with the first value of every axis: {common}"
        faults = {at: said for at, measure in enumerate(self.measures) if (said := rest._said(measures=(measure,)))}
        yield from (f"measures[{at}]: {said}" for at, said in faults.items() if said != common)
        sound = tuple(measure for at, measure in enumerate(self.measures) if at not in faults)
        for axis, index, value in self._further:
            if (said := rest._said({axis: value}, sound)) and said != common:
                yield f"{self.sources[axis]}[{index}]: {said}"

    @property
    def _first(self) -> Settings:
        return {axis: values[0] for axis, values in self.axes.items()}

    @property
    def _further(self) -> Iterator[tuple[str, int, JsonValue]]:
        """Every value of an axis but the first: the axis, the value's index, the value."""
        return ((axis, at, value) for axis, values in self.axes.items() for at, value in enumerate(values) if at)

    def _settings(self, point: Settings) -> Settings:
        """The settings at a point, else at the first value of every axis; those that are refused are left out."""
        settings = self.shared | varied(self._first | point)
        return {
            name: value for name, value in settings.items() if _is_known(name) and not self._is_refused(name, value)
        }

    def _is_refused(self, name: str, value: JsonValue) -> bool:
        return name in self.refused and self.refused[name] == value

    @cached_property
    def _places_at_first(self) -> Mapping[str, str]:
        """The place of each setting at the first value of every axis."""
        given = {
            name: f"{self.sources[axis]}[0]" for axis, value in self._first.items() for name in varied({axis: value})
        }
        return {name: self.sources[name] for name in self.shared} | given

    def _unknown(self) -> Iterator[str]:
        for name in self.shared:
            yield from _unknown_setting(self.sources[name], name)
        for axis, values in self.axes.items():
            for index, value in enumerate(values):
                names = varied({axis: value})
                for name in names:
                    at = self.sources[axis]
                    yield from _unknown_setting(at if name == axis else f"{at}[{index}].{name}", name)

    def _missing(self) -> Iterator[str]:
        given = self._places_at_first
        return (
            f"settings.{name}: missing: expected one, {such}" for name, such in REQUIRED.items() if name not in given
        )

    def _without_faults(self) -> tuple[list[str], "_Grid"]:
        """What is said of settings at the first values that are refused, and the grid without these."""
        found: list[str] = []
        grid = self
        while (problem := grid._said()) and (culprit := grid._culprit(problem)):
            found.append(f"{self._places_at_first[culprit]}: {problem}")
            grid = grid._leaving_out(culprit)
        return found, grid

    def _leaving_out(self, name: str) -> "_Grid":
        return replace(self, refused=self.refused | {name: self._settings({})[name]})

    def _culprit(self, problem: str) -> str | None:
        """The setting at the first values that a sentence is about; None where it is about none.

        `epochs=0: expected …`, `include: pattern …` and `unknown weights 'norml'` begin with its name, `method
        edge-popup has no alpha` ends with it; other sentences have its value. Without it something else is said, or
        nothing.
        """
        settings = self._settings({})
        begins = {name: (f"{name}=", f"{name}: ", f"{name} of ", f"unknown {name} '") for name in settings}
        told = [name for name in settings if problem.startswith(begins[name])]
        told += [name for name in settings if f" has no {name}" in problem]
        of_value = [name for name in settings if str(settings[name]) in problem]
        told += sorted(of_value, key=lambda name: name in REQUIRED)  # without these nothing particular is said
        return next((name for name in told if self._leaving_out(name)._said() != problem), None)

    def _said(self, point: Settings | None = None, measures: tuple[Settings, ...] = ()) -> str | None:
        """What is said of the run at a point, None where it will do.

        Data that cannot be had is no matter of settings, and is raised.
        """
        settings = _with_stand_ins(self._settings(point or {}))
        if settings is None:
            return None
        try:
            run = StudyRun(arm=self.arm, point={}, seed=0, settings=settings | {"seed": 0}, measures=measures)
            plan_run(run, self.places)
        except DataError:
            raise
        except UsageError as error:
            return str(error)
        return None


def _with_stand_ins(settings: Settings) -> Settings | None:
    """Settings with stand-ins for a model or data that are left out; None where nothing can be said then."""
    if settings.keys() >= REQUIRED.keys():
        return settings
    if settings.get("preset"):
        return None  # what it comes to depends on the model
    return {name: value for name, value in settings.items() if not _is_particular(name)} | STAND_INS


def _is_particular(name: str) -> bool:
    return name in PARTICULAR or name == MODEL_ARGUMENT.rstrip(".") or name.startswith(MODEL_ARGUMENT)


def _is_known(name: str) -> bool:
    return name in NAMES or name.startswith(MODEL_ARGUMENT)


def _unknown_setting(place: str, name: str) -> Iterator[str]:
    if not _is_known(name):
        yield f"{place}: {unknown_name('setting', name, NAMES)}"
