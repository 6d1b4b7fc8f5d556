"""What is wrong with a study, all of it at once, each with the place where it stands."""

from collections.abc import Callable, Iterator, Mapping

from tombola.api.settings import MODEL_ARGUMENT, NAMES
from tombola.errors import DataError, UsageError, unknown_name
from tombola.studies.axes import Axes, Settings, varied
from tombola.studies.planned import Places, plan_run
from tombola.studies.study import Preset, Study, StudyRun

Refused = Callable[[Settings], str | None]  # what is said of settings; None where they will do


def check(study: Study, preset: str | None, places: Places) -> None:
    """Plan one run with every value of every axis; the data is loaded, nothing is run.

    Raises:
        UsageError: which lists every name that is no setting, and every value that is refused.
    """
    chosen = study.preset(preset)
    found = [problem for arm in study.arms_of(chosen) for problem in _of_arm(study, arm, chosen, places)]
    unique = list(dict.fromkeys(found))
    if unique:
        raise UsageError(f"study {study.name}: {'; '.join(unique)}")


def _of_arm(study: Study, arm: str, preset: Preset, places: Places) -> Iterator[str]:
    shared, axes = study.settings_of(arm, preset), study.axes_of(arm, preset)
    where = "axes" if len(study.arms) == 1 else f"arms.{arm}.axes"
    measures = study.measures_of(preset)

    def refused(settings: Settings, measured: tuple[Settings, ...] = ()) -> str | None:
        return _refused(measured, arm, settings, places)

    yield from _unknown("settings", shared)
    yield from _unknown_of_axes(where, axes)
    sources = {name: f"settings.{name}" for name in shared} | _sources(where, axes)
    base, found, common = _sound(shared | _first(axes), sources, refused)
    yield from found
    faults = {at: problem for at, measure in enumerate(measures) if (problem := refused(base, (measure,)))}
    yield from (f"measures[{at}]: {problem}" for at, problem in faults.items() if problem != common)
    sound = tuple(measure for at, measure in enumerate(measures) if at not in faults)
    for name, index, settings in _further(axes):
        if (problem := refused(base | settings, sound)) and problem != common:
            yield f"{where}.{name}[{index}]: {problem}"


def _first(axes: Axes) -> Settings:
    """The settings that the first values of axes stand for."""
    return varied({name: values[0] for name, values in axes.items()})


def _sources(where: str, axes: Axes) -> dict[str, str]:
    """The place of each setting that the first value of an axis gives."""
    return {setting: f"{where}.{name}[0]" for name, values in axes.items() for setting in varied({name: values[0]})}


def _sound(settings: Settings, sources: Mapping[str, str], refused: Refused) -> tuple[Settings, list[str], str | None]:
    """What is left of settings without those that are refused, what is said of these, and of the rest if it is refused.

    Each that is at fault is taken away, to see what else is wrong.
    """
    sound = _known(settings)
    found: list[str] = []
    while problem := refused(sound):
        culprit = _culprit(problem, sound, refused)
        if culprit is None:
            return sound, [*found, f"settings with the first value of every axis: {problem}"], problem
        found.append(f"{sources[culprit]}: {problem}")
        del sound[culprit]
    return sound, found, None


def _unknown_of_axes(where: str, axes: Axes) -> Iterator[str]:
    for name, values in axes.items():
        for index, value in enumerate(values):
            settings = varied({name: value})
            yield from _unknown(where if name in settings else f"{where}.{name}[{index}]", settings)


def _further(axes: Axes) -> Iterator[tuple[str, int, Settings]]:
    """Every value of an axis but the first: the axis, the value's index, and the settings it stands for."""
    for name, values in axes.items():
        for index, value in enumerate(values[1:], 1):
            yield name, index, _known(varied({name: value}))


def _culprit(problem: str, settings: Settings, refused: Refused) -> str | None:
    """The setting that a sentence is about; None where it is about none that may be left out.

    `epochs=0: expected …` and `unknown weights 'norml'` begin with its name, `method edge-popup has no alpha` ends with
    it; other sentences have its value. Without it something else is said, or nothing.
    """
    free = [name for name in settings if name not in ("model", "data")]
    told = [name for name in free if problem.startswith((f"{name}=", f"unknown {name} '"))]
    told += [name for name in free if f" has no {name}" in problem]
    told += [name for name in free if str(settings[name]) in problem]
    return next((name for name in told if refused(_without(settings, name)) != problem), None)


def _without(settings: Settings, name: str) -> Settings:
    return {other: value for other, value in settings.items() if other != name}


def _known(settings: Settings) -> Settings:
    """Those that are settings: values of the others have been told of, and cannot be tried."""
    return {name: value for name, value in settings.items() if _is_known(name)}


def _is_known(name: str) -> bool:
    return name in NAMES or name.startswith(MODEL_ARGUMENT)


def _unknown(where: str, settings: Settings) -> list[str]:
    names = [name for name in settings if not _is_known(name)]
    return [f"{where}.{name}: {unknown_name('setting', name, NAMES)}" for name in names]


def _refused(measures: tuple[Settings, ...], arm: str, settings: Settings, places: Places) -> str | None:
    """What is said of settings that are refused; data that cannot be had is no matter of settings, and is raised."""
    try:
        run = StudyRun(arm=arm, point={}, seed=0, settings=settings | {"seed": 0}, measures=measures)
        plan_run(run, places)
    except DataError:
        raise
    except UsageError as error:
        return str(error)
    return None
