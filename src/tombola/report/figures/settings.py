"""A nested spec as flat lines, each the path of a setting and its value."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True)
class Setting:
    """One leaf of a spec: `training.lr` and `0.1`."""

    path: str
    value: str


def settings(nested: Mapping[str, JsonValue]) -> tuple[Setting, ...]:
    """Every leaf of a nested mapping, in its own order; lists and empty mappings are leaves.

    >>> [f"{line.path}={line.value}" for line in settings({"model": {"name": "conv2"}, "seeds": {}, "on": True})]
    ['model.name=conv2', 'seeds={}', 'on=true']
    """
    return tuple(_leaves(nested, ()))


def _leaves(nested: Mapping[str, JsonValue], above: tuple[str, ...]) -> Iterator[Setting]:
    for key, value in nested.items():
        path = (*above, key)
        if isinstance(value, dict) and value:
            yield from _leaves(value, path)
        else:
            yield Setting(".".join(path), value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
