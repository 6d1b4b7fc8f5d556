"""A nested spec as flat lines, each the path of a setting and its value."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tombola.training.identity import leaves


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
    return tuple(Setting(path, _text(value)) for path, value in leaves(nested))


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
