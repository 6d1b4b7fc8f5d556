"""Whether the parts of a study go together."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from tombola.studies.axes import MOST_RUNS, Axes, Settings, axis_with, one_by_one, set_twice
from tombola.studies.parts import FULL, Preset

if TYPE_CHECKING:
    from tombola.studies.study import Study


def incoherences(study: "Study") -> list[str]:
    """What is wrong with a study as a whole, a sentence each: its parts are known to be right by themselves."""
    wrong = [*_unknown(study), *_set_twice(study), *_lost(study)]
    return list(dict.fromkeys(wrong or _too_many(study)))  # which can be counted once all names are known


def _unknown(study: "Study") -> Iterator[str]:
    """Names of arms and axes that there are not."""
    axes = {*study.axes, *(name for arm in study.arms.values() for name in arm.axes)}
    named: list[tuple[str, Iterable[str], Collection[str]]] = [
        (f"arms.{name}.without", arm.without, study.axes) for name, arm in study.arms.items()
    ]
    for name, preset in study.presets.items():
        named.append((f"presets.{name}.axes", preset.axes, axes))
        named.append((f"presets.{name}.arms", preset.arms or (), study.arms))
    for place, given, known in named:
        for one in given:
            if one not in known:
                yield f"{place} names {one!r}, which there is not: expected {' or '.join(known) or 'none'}"
    if FULL in study.presets:
        yield f"presets.{FULL}: the name is taken by the study as it stands"


def _set_twice(study: "Study") -> Iterator[str]:
    """Axes of which two give values to one setting."""
    for preset in (Preset(), *study.presets.values()):
        for arm in study.arms:
            where = "axes" if len(study.arms) == 1 else f"axes of arms.{arm}"
            yield from (f"{where}: {fault}" for fault in set_twice(study.axes_of(arm, preset)))


def _lost(study: "Study") -> Iterator[str]:
    """Settings of arms and presets that no run would have, since axes give others."""
    for name, arm in study.arms.items():
        yield from _overruled(f"arms.{name}.settings", arm.settings, [study.axes_of(name, Preset())])
    for name, preset in study.presets.items():
        grids = [study.axes_of(arm, preset) for arm in study.arms_of(preset) if arm in study.arms]
        yield from _overruled(f"presets.{name}.settings", preset.settings, grids)


def _overruled(place: str, settings: Settings, grids: list[Axes]) -> Iterator[str]:
    for name, value in one_by_one(settings).items():
        others = [axis_with(axes, name, value) for axes in grids]
        if others and all(others):
            yield f"{place}.{name}: the axis {others[0]} gives other values, which win: leave out the one or the other"


def _too_many(study: "Study") -> Iterator[str]:
    for name in (FULL, *study.presets):
        if (count := study.count(name)) > MOST_RUNS:
            yield f"the preset {name} has {count:,} runs: expected {MOST_RUNS:,} at most"
