"""A study of one's own, from a YAML file."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from tombola.errors import FaultsError, UsageError
from tombola.studies.study import Study

MOST_BYTES = 2**20
MOST_VALUES = 100_000  # with aliases written out: a few lines of them can stand for billions


def read_study(path: Path) -> Study:
    """Read a study.

    Raises:
        UsageError: where the file cannot be read, is no YAML, or is no study: with every fault and its place.
    """
    content = _content(path)
    if not isinstance(content, dict):
        raise UsageError(f"{path} is no study: expected name, settings, axes, …, one a line")
    try:
        return Study.of({"name": _slug(path.stem)} | content)
    except FaultsError as error:
        raise FaultsError(str(path), error.faults) from error


def _content(path: Path) -> Any:
    try:
        if path.exists() and not path.is_file():  # a pipe or a device would be read for ever
            raise UsageError(f"{path} is not an ordinary file: expected a study's YAML file")
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES // 2**20} MB: it is no study")
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
        if _size(content, {}) > MOST_VALUES:
            raise UsageError(f"{path} has more than {MOST_VALUES:,} values: it is no study")
        return content
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; expected a study's YAML file") from error
    except UsageError:
        raise
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deeply: it is no study") from error
    except (yaml.YAMLError, ValueError) as error:  # a number of too many digits is a ValueError
        text = " ".join(str(error).split())[:200]
        raise UsageError(f"{path} is no YAML: {text}") from error


class _Loader(yaml.SafeLoader):
    """The safe loader with the numbers and truth values of YAML 1.2; names stand once, and values have no tags.

    In YAML 1.1 `off` is false, 1e-3 is text and 2026-11-21 a day.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs give it no type
        if tag := getattr(event, "tag", None):
            raise yaml.YAMLError(f"the tag {tag} in line {event.start_mark.line + 1}: expected a value without")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    line = key.start_mark.line + 1
                    raise yaml.YAMLError(f"{key.value} stands twice in one place, again in line {line}")
                seen.add(key.value)
        return super().construct_mapping(node, deep)


# Tag, pattern, and the characters that such a text begins with.
_SCALARS = (
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", [*"-+0123456789"]),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+", [*"-+.0123456789"]),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", [*"-+."]),
    ("merge", r"<<", ["<"]),
)
_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def _size(content: Any, known: dict[int, int]) -> int:
    """Number of values with aliases written out; each is counted once, and multiplied."""
    if not isinstance(content, dict | list):
        return 1
    if id(content) not in known:
        known[id(content)] = MOST_VALUES + 1  # of one that holds itself
        parts = content.values() if isinstance(content, dict) else content
        known[id(content)] = 1 + sum(_size(part, known) for part in parts)
    return known[id(content)]


def _slug(stem: str) -> str:
    """A file's name as that of a study.

    >>> _slug("My Study_1")
    'my-study-1'
    """
    return "-".join(re.findall("[a-z0-9]+", stem.lower()))
