"""`Architecture`: which network a ticket belongs to, as words; nothing is imported from it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tombola.errors import UsageError

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

# Readers of JSON give up at different depths; what one program writes, every other must read.
MAX_NESTING = 64


@dataclass(frozen=True)
class Architecture:
    """The name of a network and what it was made with.

    Args:
        name: one of `tombola.models.NAMES` where builtin; otherwise a description for people,
            such as "package.module:Class", which is never imported.
        arguments: what the network was made with, as JSON.
        builtin: whether this package can make it.
    """

    name: str
    arguments: Mapping[str, JSON] = field(default_factory=dict)
    builtin: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "arguments", own_json(self.arguments, "architecture arguments"))


def own_json(value: Mapping[str, JSON], what: str) -> dict[str, Any]:
    """A copy of `value` exactly as a file would give it back: tuples are lists, nothing is shared.

    Raises:
        UsageError: where something in it is not JSON; NaN and infinity are not.

    >>> own_json({"sizes": (300, 100)}, "spec")
    {'sizes': [300, 100]}
    """
    try:
        copied = json.loads(json.dumps(value, allow_nan=False))
        _check_nesting(copied, MAX_NESTING)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{what} of a ticket: expected JSON, finite numbers only ({error})") from error
    if not isinstance(copied, dict):
        raise UsageError(f"{what} of a ticket: expected a mapping, got {type(value).__name__}")
    return copied


def _check_nesting(value: Any, left: int) -> None:
    if left == 0:
        raise ValueError(f"nested deeper than {MAX_NESTING}")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_nesting(item, left - 1)
