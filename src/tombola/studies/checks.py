"""What is wrong with a study, all of it at once, each with the place where it stands."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from tombola.api.settings import METHOD, MODEL_ARGUMENT, NAMES, WEIGHTS
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
PARTICULAR = {
    "augment",
    "exclude",
    "image_size",
    "include",
    "layer_density",
    "layer_prune_fraction",
    "n_of_m",
    "rewind_step",
    "retrain_step",
}
CHOICES = ("method", "preset", *REQUIRED)  # without these little that is particular can be said
MOST_TOGETHER = 3  # settings of which any may be the wrong one

Fault = tuple[str, UsageError]  # the place, and what is said


def check(study: Study, preset: str | None, places: Places) -> None:
    """Plan one run with every value of every axis; the data is loaded, nothing is run.

    Raises:
        FaultsError: which lists every name that is no setting, and every value that is refused.
        DataError: where nothing is wrong but that data cannot be had.
    """
    grids = [_Grid.of(study, arm, preset or FULL, places) for arm in study.arms_of(study.preset(preset))]
    found = {f"{place}: {error}": error for grid in grids for place, error in grid.faults()}
    if len(found) == 1 and isinstance(error := next(iter(found.values())), DataError):
        raise DataError(f"study {study.name}: {next(iter(found))}") from error
    if found:
        raise FaultsError(f"study {study.name}", list(found))


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
        base: index of the value of each axis at which the others are looked at.
        refused: settings that are left out, by name and value.
    """

    arm: str
    shared: Settings
    axes: Axes
    measures: tuple[Settings, ...]
    sources: Mapping[str, str]
    places: Places
    base: Mapping[str, int]
    refused: frozenset[tuple[str, str]] = frozenset()

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
        shared, measures = study.settings_of(arm, chosen), study.measures_of(chosen)
        return cls(arm, shared, axes, measures, sources, places, dict.fromkeys(axes, 0))

    def faults(self) -> Iterator[Fault]:
        """What is wrong, of names first, then of values."""
        yield from self._unknown()
        yield from self._missing()
        found, grid = self._explored()
        yield from found
        for axis in sorted(self.axes, key=lambda axis: not self._is_at(axis, found)):  # those with a wrong first value
            for index in range(1, len(self.axes[axis])):
                more, _ = grid._at(axis, index)._explored(of=axis)
                yield from more
                if not more and grid._is_at(axis, found):  # the first sound one: what the wrong one hid shows now
                    more, grid = grid._at(axis, index)._explored()
                    yield from more
                    found = [fault for fault in found if not self._is_at(axis, [fault])] + more
        yield from grid._of_measures()

    def _at(self, axis: str, index: int) -> "_Grid":
        return replace(self, base={**self.base, axis: index})

    def _is_at(self, axis: str, found: Iterable[Fault]) -> bool:
        """Whether faults are of the value of an axis at the base."""
        return any(f"{self.sources[axis]}[{self.base[axis]}]" in place for place, _ in found)

    @property
    def _point(self) -> Settings:
        return {axis: values[self.base[axis]] for axis, values in self.axes.items()}

    @property
    def _settings(self) -> Settings:
        """The settings at the base, but for those that are refused and those of which nothing can be told then."""
        known = {name: value for name, value in (self.shared | varied(self._point)).items() if _is_known(name)}
        sound = {name: value for name, value in known.items() if (name, repr(value)) not in self.refused}
        dark: set[str] = set()
        if known.get("method") != sound.get("method") or (known.get("preset") != sound.get("preset")):
            dark |= METHOD
        if known.get("weights") != sound.get("weights"):
            dark |= WEIGHTS
        return {name: value for name, value in sound.items() if name not in dark}

    def _place(self, name: str) -> str:
        """Where a setting at the base stands."""
        for axis, value in self._point.items():
            if name in varied({axis: value}):
                return f"{self.sources[axis]}[{self.base[axis]}]"
        return self.sources[name]

    def _explored(self, of: str | None = None) -> tuple[list[Fault], "_Grid"]:
        """The faults at the base, and the grid without the settings that are refused.

        Args:
            of: the axis whose value is looked at, where all else is sound; else all settings are.
        """
        found: list[Fault] = []
        grid = self
        while error := grid._said():
            names = grid._settings if of is None else varied({of: self._point[of]})
            culprits = grid._culprits(error, names)
            where = " and ".join(dict.fromkeys(grid._place(name) for name in culprits))
            if not culprits:
                where = f"arm {self.arm}, settings with the first value of every axis"
                where = where if of is None else f"{self.sources[of]}[{self.base[of]}]"
            if not grid._is_made_up(error):
                found.append((where, error))
            if not culprits:
                break
            grid = grid._leaving_out(culprits)
        return found, grid

    def _is_made_up(self, error: UsageError) -> bool:
        """Whether a sentence is about a value that nobody gave: the default in the place of one that is refused."""
        return any(f"{name}=" in str(error) for name, _ in self.refused if name not in self._settings)

    def _leaving_out(self, names: Collection[str]) -> "_Grid":
        values = self.shared | varied(self._point)
        return replace(self, refused=self.refused | {(name, repr(values[name])) for name in names})

    def _culprits(self, error: UsageError, names: Collection[str]) -> tuple[str, ...]:
        """The setting that a sentence is about, or the few that it may be about; empty where that cannot be told.

        `epochs=0: expected …`, `include: pattern …` and `unknown weights 'norml'` begin with its name, `method
        edge-popup has no alpha` ends with it; other sentences have its value. Without it nothing is said, or
        something else. Where a sentence has neither, those are tried without which it is not said.
        """
        said, settings = str(error), self._settings
        among = [name for name in settings if name in names]
        named = [name for name in among if _is_named(name, said)]
        valued = [name for name in among if str(settings[name]) in said]
        if isinstance(error, DataError) and "data" in among:
            valued.append("data")
        if found := [name for name in named if str(self._leaving_out([name])._said()) != said]:
            return (found[0],)
        at_last = sorted(valued, key=lambda name: name in CHOICES)
        if found := [name for name in at_last if self._is_other_without(name, error)]:
            return (found[0],)
        tried = [name for name in among if name not in CHOICES and self._is_other_without(name, error)]
        return tuple(tried) if len(tried) <= MOST_TOGETHER else ()

    def _is_other_without(self, name: str, error: UsageError) -> bool:
        """Whether nothing is said without a setting, or something on another matter."""
        after = self._leaving_out([name])._said()
        return after is None or _subject(after) != _subject(error)

    def _said(self, measures: tuple[Settings, ...] = ()) -> UsageError | None:
        """What is said of the run at the base, None where it will do."""
        settings = _with_stand_ins(self._settings)
        if settings is None:
            return None
        try:
            run = StudyRun(arm=self.arm, point={}, seed=0, settings=settings | {"seed": 0}, measures=measures)
            plan_run(run, self.places)
        except UsageError as error:
            return error
        return None

    def _of_measures(self) -> Iterator[Fault]:
        common = str(self._said())
        sound: list[Settings] = []
        for at, measure in enumerate(self.measures):
            error = self._said((*sound, measure))
            if error is None:
                sound.append(measure)
            elif str(error) != common:
                yield f"measures[{at}]", error
        for axis, values in self.axes.items():
            for index in range(1, len(values)):
                other = self._at(axis, index)
                if (error := other._said(tuple(sound))) and other._said() is None:
                    yield f"{self.sources[axis]}[{index}]", error

    def _unknown(self) -> Iterator[Fault]:
        for name in self.shared:
            yield from _unknown_setting(self.sources[name], name)
        for axis, values in self.axes.items():
            for index, value in enumerate(values):
                for name in varied({axis: value}):
                    at = self.sources[axis]
                    yield from _unknown_setting(at if name == axis else f"{at}[{index}].{name}", name)

    def _missing(self) -> Iterator[Fault]:
        given = self.shared | varied(self._point)
        for name, such in REQUIRED.items():
            if name not in given:
                yield f"settings.{name}", UsageError(f"missing: expected one, {such}")


def _is_named(setting: str, said: str) -> bool:
    """Whether a sentence names a setting as what it is about."""
    name = setting.removeprefix(MODEL_ARGUMENT)
    begins = (f"{name}=", f"{name}: ", f"{name} of ", f"{name} is ", f"unknown {name} '")
    of_model = setting != name and said.startswith("unknown argument of model") and f"'{name}'" in said
    return said.startswith(begins) or f" has no {name}" in said or of_model


def _subject(error: UsageError) -> str:
    """What a sentence begins with, up to a value or a colon."""
    return str(error).partition("=")[0].partition(":")[0]


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


def _unknown_setting(place: str, name: str) -> Iterator[Fault]:
    if not _is_known(name):
        yield place, unknown_name("setting", name, NAMES)
