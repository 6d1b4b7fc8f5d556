"""What a study is put together of: its arms and its presets."""

from collections import Counter
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tombola.errors import FaultsError
from tombola.records.results_folder import SITE
from tombola.studies.axes import MOST_RUNS, Axes, Settings, spelled_twice
from tombola.studies.plain import Listed, plain

FULL = "full"  # the preset of a study as it stands


def _not_the_site(name: str) -> str:
    if name == SITE:
        raise ValueError(f"{SITE} is the name of the folder that pages are written to: expected another name")
    return name


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60), AfterValidator(_not_the_site)]
Replicates = Annotated[int, Field(ge=1, le=MOST_RUNS)]


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


Chosen = Annotated[Settings, AfterValidator(_usable)]


class Part(BaseModel):
    """A frozen part of a study; an unknown field is an error, and so is a value of another kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return plain(given)


class Arm(Part):
    """Runs of a study that have settings of their own.

    Args:
        settings: on top of the study's.
        axes: over which these runs vary, besides the study's; the same name replaces the study's.
        without: axes of the study over which these runs do not vary.
    """

    settings: Chosen = {}
    axes: Axes = {}
    without: Listed[str] = ()


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
    arms: Annotated[Listed[Slug], Field(min_length=1), AfterValidator(_each_once)] | None = None
    measures: Listed[Settings] | None = None
    replicates: Replicates | None = None
