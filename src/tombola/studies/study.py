"""`Study`: which runs answer a question, as a value."""

import functools
import itertools
import math
import operator
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from tombola.errors import FaultsError, UsageError, check_name
from tombola.records.base import Text
from tombola.records.results_folder import SITE
from tombola.records.spelling import flat
from tombola.records.study_file import MOST_PRESETS
from tombola.records.study_record import place_of, values_of
from tombola.studies.axes import MOST_RUNS, Axes, Settings, axis_with, one_by_one, set_twice, spelled_twice, varied
from tombola.studies.faults import Kinds, faults_of
from tombola.studies.half_characters import half_characters
from tombola.training.identity import identity


def _not_the_site(name: str) -> str:
    if name == SITE:
        raise ValueError(f"{SITE} is the name of the folder that pages are written to: expected another name")
    return name


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60), AfterValidator(_not_the_site)]
Replicates = Annotated[int, Field(ge=1, le=MOST_RUNS)]

FULL = "full"


def _usable(settings: Settings) -> Settings:
    wrong = [f"{name} stands alone and in model_arguments: expected it once" for name in spelled_twice(settings)]
    if "seed" in settings:
        wrong.insert(0, "seed is given by the replicates: expected replicates, whose seeds are 0, 1, …")
    if wrong:
        raise FaultsError("settings", wrong)
    return settings


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise FaultsError("arms", [f"{name} stands twice: expected each arm once" for name in twice])
    return names


def _overruled(place: str, settings: Settings, grids: list[Axes]) -> Iterator[str]:
    for name, value in one_by_one(settings).items():
        others = [axis_with(axes, name, value) for axes in grids]
        if others and all(others):
            yield f"{place}.{name}: the axis {others[0]} gives other values, which win: leave out the one or the other"


Chosen = Annotated[Settings, AfterValidator(_usable)]


class Part(BaseModel):
    """A frozen part of a study; an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Arm(Part):
    """Runs of a study that have settings of their own.

    Args:
        settings: on top of the study's.
        axes: over which these runs vary, besides the study's; the same name replaces the study's.
        without: axes of the study over which these runs do not vary.
    """

    settings: Chosen = {}
    axes: Axes = {}
    without: tuple[str, ...] = ()


class Preset(Part):
    """How much of a study is run: `tiny` for seconds, `laptop` for hours, `paper` for what the paper ran.

    Args:
        settings: on top of those of study and arm, such as fewer epochs.
        axes: values that replace those of axes of the same name, wherever there is such an axis.
        arms: those that are run; all by default.
        measures: in the place of the study's.
        replicates: how often each is run, with the seeds 0, 1, …; the study's number by default.
    """

    settings: Chosen = {}
    axes: Axes = {}
    arms: Annotated[tuple[Slug, ...], Field(min_length=1), AfterValidator(_each_once)] | None = None
    measures: tuple[Settings, ...] | None = None
    replicates: Replicates | None = None


PARTS: Kinds = {"arms": Arm, "presets": Preset}


def run_key(arm: str, point: Settings, seed: int) -> str:
    """What tells a run from the others of its study, whatever its settings come to."""
    return identity({"arm": arm, "point": point, "seed": seed})


class StudyRun(Part):
    """One run of a study.

    Args:
        arm: to which it belongs.
        point: the value of each axis; what tells it from the arm's other runs, beside the seed.
        seed: of the replicate.
        settings: all of them, flat, as `tombola.api.plan_of` takes them.
        measures: what is measured of it when it is finished.
    """

    arm: Slug
    point: Settings
    seed: int
    settings: Settings
    measures: tuple[Settings, ...] = ()

    @property
    def key(self) -> str:
        """See `run_key`."""
        return run_key(self.arm, self.point, self.seed)

    def __str__(self) -> str:
        values = (f"{name}={flat(value)}" for name, value in values_of(self.point).items())
        return " ".join([self.arm, *values, f"seed {self.seed}"])


class Study(Part):
    """A question, and the grid of runs that answers it.

    The runs of an arm are the product of its axes, times the replicates. An axis is the name of a
    setting with its values, or any other name whose values are settings that change together:
    `{"size": [{"model_arguments.width": 0.5, "density": 1.0}, {"model_arguments.width": 1, "density": 0.25}]}`.

    Args:
        name: of the study, and of its folder.
        title: for people.
        question: that it answers.
        source: whose experiment it is.
        claims: that it decides.
        settings: that all runs share, flat, by the names of the command line's options.
        axes: over which every arm varies.
        arms: families of runs with settings of their own; one, `runs`, by default.
        measures: what is measured of each finished run besides its result, see `tombola.studies.measures`.
        replicates: how often each is run, with the seeds 0, 1, ….
        presets: by name; the study as it stands is the preset `full`.

    Raises:
        FaultsError: which lists every fault with its place.

    >>> study = Study(
    ...     name="sweep", settings={"model": "digits-mlp", "data": "digits"}, axes={"density": (0.1, 0.5)}, replicates=2
    ... )
    >>> [str(run) for run in study.runs()]
    ['runs density=0.1 seed 0', 'runs density=0.5 seed 0', 'runs density=0.1 seed 1', 'runs density=0.5 seed 1']
    """

    name: Slug
    title: Text = ""
    question: Text = ""
    source: Text = ""
    claims: tuple[str, ...] = ()
    settings: Chosen
    axes: Axes = {}
    arms: Annotated[dict[Slug, Arm], Field(min_length=1)] = {"runs": Arm()}
    measures: tuple[Settings, ...] = ()
    replicates: Replicates = 1
    presets: Annotated[dict[Slug, Preset], Field(max_length=MOST_PRESETS - 1)] = {}  # and the study as it stands

    if not TYPE_CHECKING:  # which knows the fields by themselves

        def __init__(self, **fields: Any) -> None:
            if wrong := list(half_characters(fields)):  # first, since pydantic cannot say what is wrong with such text
                raise FaultsError("the study", wrong)
            try:
                super().__init__(**fields)
            except ValidationError as error:
                raise FaultsError("the study", faults_of(error, Study, PARTS)) from error

    @classmethod
    def of(cls, content: Mapping[Any, Any]) -> "Study":
        """A study from its fields, as a file has them.

        Raises:
            FaultsError: which lists every fault with its place.
        """
        if others := [name for name in content if not isinstance(name, str)]:
            raise FaultsError("the study", [f"{name}: expected names, which are text" for name in others])
        return cls(**content)

    @model_validator(mode="after")
    def _names_are_known(self) -> "Study":
        axes = {*self.axes, *(name for arm in self.arms.values() for name in arm.axes)}
        named: list[tuple[str, Iterable[str], Collection[str]]] = [
            (f"arms.{name}.without", arm.without, self.axes) for name, arm in self.arms.items()
        ]
        for name, preset in self.presets.items():
            named.append((f"presets.{name}.axes", preset.axes, axes))
            named.append((f"presets.{name}.arms", preset.arms or (), self.arms))
        wrong = [
            f"{place} names {one!r}, which there is not: expected {' or '.join(known) or 'none'}"
            for place, given, known in named
            for one in given
            if one not in known
        ]
        if FULL in self.presets:
            wrong.append(f"presets.{FULL}: the name is taken by the study as it stands")
        for preset in (Preset(), *self.presets.values()):
            for arm in self.arms:
                where = "axes" if len(self.arms) == 1 else f"axes of arms.{arm}"
                wrong += [f"{where}: {fault}" for fault in set_twice(self.axes_of(arm, preset))]
        wrong += self._lost()
        if wrong:
            raise FaultsError("the study", list(dict.fromkeys(wrong)))
        return self

    def _lost(self) -> Iterator[str]:
        """Settings of arms and presets that no run would have, since axes give others."""
        for name, arm in self.arms.items():
            yield from _overruled(f"arms.{name}.settings", arm.settings, [self.axes_of(name, Preset())])
        for name, preset in self.presets.items():
            grids = [self.axes_of(arm, preset) for arm in self.arms_of(preset) if arm in self.arms]
            yield from _overruled(f"presets.{name}.settings", preset.settings, grids)

    @model_validator(mode="after")
    def _there_are_not_too_many(self) -> "Study":
        counts = {name: self.count(name) for name in (FULL, *self.presets)}
        wrong = [
            f"the preset {name} has {count:,} runs: expected {MOST_RUNS:,} at most"
            for name, count in counts.items()
            if count > MOST_RUNS
        ]
        if wrong:
            raise FaultsError("the study", wrong)
        return self

    def replicates_of(self, preset: str | None = None) -> int:
        """How often each run of a preset is run."""
        return self.preset(preset).replicates or self.replicates

    def count(self, preset: str | None = None) -> int:
        """How many runs there are."""
        chosen = self.preset(preset)
        points = sum(math.prod(map(len, self.axes_of(name, chosen).values())) for name in self.arms_of(chosen))
        return points * self.replicates_of(preset)

    def places(self, preset: str | None = None) -> list[str]:
        """Short names of the places of the runs, which replicates share, in their order."""
        chosen = self.preset(preset)
        return [place_of(arm, point) for arm in self.arms_of(chosen) for point in self.points(arm, chosen)]

    def preset(self, name: str | None = None) -> Preset:
        """The preset called `name`; without one, or as `full`, the study as it stands.

        Raises:
            UsageError: where there is none of that name.
        """
        if name is None or name == FULL:
            return Preset()
        check_name(f"preset of {self.name}", name, [FULL, *self.presets])
        return self.presets[name]

    def runs(self, preset: str | None = None, replicates: int | None = None) -> tuple[StudyRun, ...]:
        """All runs, the first replicate of each before the second: a study cut short has something of everything.

        Args:
            preset: of the study; without one, the study as it stands.
            replicates: how often each is run; as often as the preset says by default.

        Raises:
            UsageError: where there is no such preset, or the number is less than 1 or too large.
        """
        chosen = self.preset(preset)
        times = self.replicates_of(preset) if replicates is None else replicates
        most = MOST_RUNS * self.replicates_of(preset) // self.count(preset)
        if type(times) is not int or not 1 <= times <= most:
            raise UsageError(
                f"replicates={times!r}: expected a whole number from 1 to {most:,}, for {MOST_RUNS:,} runs"
            )
        return tuple(
            self.run(name, point, seed, chosen)
            for seed in range(times)
            for name in self.arms_of(chosen)
            for point in self.points(name, chosen)
        )

    def run(self, arm: str, point: Settings, seed: int, preset: Preset) -> StudyRun:
        """The run of an arm with a preset at any point, also at one that is not of its grid."""
        settings = self.settings_of(arm, preset) | varied(point) | {"seed": seed}
        return StudyRun(arm=arm, point=point, seed=seed, settings=settings, measures=self.measures_of(preset))

    def arms_of(self, preset: Preset) -> tuple[str, ...]:
        """The names of the arms that a preset runs."""
        return tuple(self.arms) if preset.arms is None else preset.arms

    def measures_of(self, preset: Preset) -> tuple[Settings, ...]:
        """What is measured of each run with a preset."""
        return self.measures if preset.measures is None else preset.measures

    def points(self, arm: str, preset: Preset) -> Iterator[Settings]:
        """The points of an arm's grid."""
        axes = self.axes_of(arm, preset)
        for values in itertools.product(*axes.values()):
            yield dict(zip(axes, values, strict=True))

    def settings_of(self, arm: str, preset: Preset) -> Settings:
        """The settings that an arm's runs share with a preset."""
        layers = map(one_by_one, (self.settings, self.arms[arm].settings, preset.settings))
        return functools.reduce(operator.or_, layers)

    def axes_of(self, arm: str, preset: Preset) -> Axes:
        """The axes over which an arm varies, with the values they have with a preset."""
        own = self.arms[arm]
        axes = {name: values for name, values in self.axes.items() if name not in own.without} | own.axes
        return {name: preset.axes.get(name, values) for name, values in axes.items()}
