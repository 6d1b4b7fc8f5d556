"""The axes of a grid: what they may be called, and the settings that their values stand for."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Annotated

from pydantic import AfterValidator, JsonValue

from tombola.errors import FaultsError
from tombola.records.points import MAPPINGS, taken_names
from tombola.studies.plain import Listed

Settings = dict[str, JsonValue]

ARGUMENTS = "model_arguments"
MOST_RUNS = 10_000


def _usable(axes: dict[str, tuple[JsonValue, ...]]) -> dict[str, tuple[JsonValue, ...]]:
    if wrong := [fault for name, values in axes.items() for fault in _faults(name, values)]:
        raise FaultsError("axes", wrong)
    return axes


def _faults(name: str, values: tuple[JsonValue, ...]) -> Iterator[str]:
    if len(values) > MOST_RUNS:
        yield f"axis {name} has {len(values):,} values: expected {MOST_RUNS:,} at most, each has a run of its own"
        return
    several = [value for value in values if isinstance(value, dict)]
    for taken in dict.fromkeys(each for value in (None, *values) for each in taken_names({name: value})):
        yield f"axis {name}: the name {taken} is taken, expected a setting or a name of your own"
    for twice in dict.fromkeys(each for value in several for each in spelled_twice(value)):
        yield f"axis {name} has {twice} twice in one value, alone and in {ARGUMENTS}: expected it once"
    if not values:
        yield f"axis {name} has no values: expected one or more"
    for again in _repeated(values):
        yield f"axis {name} has {again} twice: expected each value once"


def _repeated(values: Iterable[JsonValue]) -> list[JsonValue]:
    """Values that stand there more than once, each of them once.

    >>> _repeated([1, True, 0.5, 1.0, 0.50, 1, [1], [True], {"a": 1}, {"a": 1.0}])
    [1.0, 0.5, {'a': 1.0}]
    """
    seen = set[Hashable]()
    found: dict[Hashable, JsonValue] = {}
    for value in values:
        key = _as_key(value)
        if key in seen:
            found.setdefault(key, value)
        seen.add(key)
    return list(found.values())


def _as_key(value: JsonValue) -> Hashable:
    """What equal values share: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, dict):
        return "names", frozenset((name, _as_key(each)) for name, each in value.items())
    if isinstance(value, list | tuple):
        return "list", tuple(map(_as_key, value))
    return type(value) is bool, value


Axes = Annotated[dict[str, Listed[JsonValue]], AfterValidator(_usable)]


def set_twice(axes: Axes) -> Iterator[str]:
    """What is wrong with axes of which two give values to one setting: those of one would be lost.

    >>> list(set_twice({"density": (0.1, 0.5), "size": ({"density": 0.3, "lr": 0.1},)}))
    ['density and size both set density, expected one of them to']
    """
    setter: dict[str, str] = {}
    for axis, values in axes.items():
        for name in dict.fromkeys(_names(axis, values)):
            first = setter.setdefault(name, axis)
            if first != axis:
                yield f"{first} and {axis} both set {name}, expected one of them to"


def axis_with(axes: Axes, name: str, but: JsonValue) -> str | None:
    """The axis that gives a setting values, and others than one.

    >>> axis_with({"size": ({"density": 0.3}, {"lr": 0.1})}, "density", but=0.5)
    'size'
    """
    for axis, values in axes.items():
        settings = [varied({axis: value}) for value in values]
        if any(name in each and each[name] != but for each in settings):
            return axis
    return None


def _names(axis: str, values: Iterable[JsonValue]) -> Iterator[str]:
    """The settings that an axis gives values to."""
    for value in values:
        yield from varied({axis: value})


def varied(point: Settings) -> Settings:
    """The settings that the values of axes stand for: one each, or several that change together.

    >>> varied({"density": 0.5, "size": {"model_arguments.width": 0.5, "epochs": 3}})
    {'density': 0.5, 'model_arguments.width': 0.5, 'epochs': 3}
    """
    settings: Settings = {}
    for name, value in point.items():
        settings |= value if isinstance(value, dict) and name not in MAPPINGS else {name: value}
    return one_by_one(settings)


def one_by_one(settings: Settings) -> Settings:
    """The arguments of a model by a name each, so that one can replace another of the same name.

    >>> one_by_one({"epochs": 3, "model_arguments": {"width": 2}})
    {'epochs': 3, 'model_arguments.width': 2}
    """
    arguments = settings.get(ARGUMENTS)
    if not isinstance(arguments, dict):
        return settings
    rest = {name: value for name, value in settings.items() if name != ARGUMENTS}
    return rest | {f"{ARGUMENTS}.{name}": value for name, value in arguments.items()}


def spelled_twice(settings: Settings) -> list[str]:
    """Arguments of a model that stand in `model_arguments`, and alone as well: one of the two would be lost.

    >>> spelled_twice({"model_arguments": {"width": 2, "classes": 5}, "model_arguments.width": 1})
    ['model_arguments.width']
    """
    arguments = settings.get(ARGUMENTS)
    names = arguments if isinstance(arguments, dict) else {}
    return [f"{ARGUMENTS}.{name}" for name in names if f"{ARGUMENTS}.{name}" in settings]
