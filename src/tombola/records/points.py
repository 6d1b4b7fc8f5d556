"""Points of a study's grid: their values one by one, and what tells one point from another."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from tombola.errors import is_number
from tombola.records.reserved import is_reserved
from tombola.training.identity import identity

MAPPINGS = ("layer_density", "layer_prune_fraction", "model_arguments")  # settings whose value is a mapping itself
NOTHING, NO_ENTRIES = "none", "{}"  # what stands for null, and for a mapping of nothing, among values of axes
QUOTED = ("{", '"')  # what mappings, and texts in quotes, begin with


def place_of(arm: str, point: Mapping[str, Any]) -> str:
    """A short name of a run's place in its study, whatever its seed: six digits of a hash; 1 and 1.0 are one place."""
    return identity({"arm": arm, "point": with_fractions(point)})[:6]


def with_fractions(value: Any) -> Any:
    """A setting in which equal numbers are the same: alone or in mappings they are fractions, if they can be.

    >>> with_fractions({"lr": 1, "size": {"width": 0.5}, "bias": True})
    {'lr': 1.0, 'size': {'width': 0.5}, 'bias': True}
    """
    if isinstance(value, Mapping):
        return {name: with_fractions(each) for name, each in value.items()}
    return float(value) + 0.0 if is_number(value) and float(value) == value else value


def taken_names(point: Mapping[str, Any]) -> list[str]:
    """Names of axes, and of settings that change together, that columns of results have.

    >>> taken_names({"seed": 1, "size": {"density": 0.5, "id": "a"}})
    ['seed', 'id']
    """
    return [name for name in dict.fromkeys((*point, *values_of(point))) if is_reserved(name)]


def values_of(point: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a point of a grid: those that change together, and the entries of mappings, one by one.

    Lists are tuples, and nothing is `none`, so that all values can be told apart and counted: text that reads as
    what is no text does stands in quotes.

    >>> values_of({"density": 0.5, "size": {"epochs": 2, "hidden": [3, 4]}, "layer_density": {"fc1": 0.1}})
    {'density': 0.5, 'epochs': 2, 'hidden': (3, 4), 'layer_density.fc1': 0.1}
    >>> values_of({"clip_norm": None, "augment": "none", "layer_density": {}})
    {'clip_norm': 'none', 'augment': '"none"', 'layer_density': '{}'}
    """
    found: dict[str, Any] = {}
    for name, value in point.items():
        is_several = isinstance(value, Mapping) and name not in MAPPINGS
        found |= dict(
            chain.from_iterable(_leaves(*each) for each in (value.items() if is_several else [(name, value)]))
        )
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(f"{path}.{name}", each)
    else:
        yield path, _frozen(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and (value == NOTHING or value.startswith(QUOTED)):
        return f'"{value}"'
    return NOTHING if value is None else value
