"""`Study`: which runs answer a question, as a value."""

import functools
import itertools
import math
import operator
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError, model_validator

from tombola.errors import FaultsError, UsageError, check_name
from tombola.records.base import Text
from tombola.records.points import place_of
from tombola.records.study_file import MOST_PRESETS
from tombola.studies.axes import MOST_RUNS, Axes, Settings, one_by_one, varied
from tombola.studies.coherence import incoherences
from tombola.studies.faults import Kinds, faults_of
from tombola.studies.half_characters import half_characters
from tombola.studies.parts import FULL, Arm, Chosen, Part, Preset, Replicates, Slug
from tombola.studies.plain import Listed
from tombola.studies.study_run import StudyRun

MOST_OWN_PRESETS = MOST_PRESETS - 1  # besides the study as it stands
PARTS: Kinds = {"arms": Arm, "presets": Preset}


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
    claims: Listed[str] = ()
    settings: Chosen
    axes: Axes = Field(default_factory=dict)
    arms: Annotated[dict[Slug, Arm], Field(min_length=1)] = Field(default_factory=lambda: {"runs": Arm()})
    measures: Listed[Settings] = ()
    replicates: Replicates = 1
    presets: Annotated[dict[Slug, Preset], Field(max_length=MOST_OWN_PRESETS)] = Field(default_factory=dict)

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
    def _goes_together(self) -> "Study":
        if wrong := incoherences(self):
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
