"""The options of a command, read off the fields of its dataclass."""

import dataclasses
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from tyro.conf import FlagCreatePairsOff, Positional

_POSITIONAL = get_args(Positional[str])[1]
_ALONE = get_args(FlagCreatePairsOff[bool])[1]


@dataclass(frozen=True)
class Option:
    """One option.

    Args:
        flag: as it is written: `--batch-size`; of a positional argument its name: `TICKET`.
        kind: of one value: str, int, float; bool for an option without a value.
        many: takes one value or more.
        required: must be given.
        default: of the field.
        path: names of the fields that lead to it, as options may stand in groups.
    """

    flag: str
    kind: type
    many: bool
    required: bool
    default: Any
    path: tuple[str, ...]

    @property
    def is_positional(self) -> bool:
        """Whether it is given by its place."""
        return not self.flag.startswith("-")

    def value(self, options: Any) -> Any:
        """What was given, or the default."""
        for name in self.path:
            options = getattr(options, name)
        return options


def options_of(command: type, path: tuple[str, ...] = ()) -> Iterator[Option]:
    """The options of a command or of a group of options."""
    hints = get_type_hints(command, include_extras=True)
    for field in dataclasses.fields(command):
        hint, *marks = (
            get_args(hints[field.name]) if get_origin(hints[field.name]) is Annotated else (hints[field.name],)
        )
        here = (*path, field.name)
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            yield from options_of(hint, here)
            continue
        option = _option(field, _without_none(hint), _POSITIONAL in marks, here)
        yield option
        if option.kind is bool and _ALONE not in marks:
            yield dataclasses.replace(option, flag=f"--no-{option.flag.removeprefix('--')}")


def _option(field: "dataclasses.Field[Any]", hint: Any, is_positional: bool, path: tuple[str, ...]) -> Option:
    many = get_origin(hint) is tuple
    spelled = field.name.replace("_", "-")
    flag = spelled.upper() if is_positional else f"--{spelled}"
    required = field.default is dataclasses.MISSING
    return Option(flag, get_args(hint)[0] if many else hint, many, required, field.default, path)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint
    return next(part for part in get_args(hint) if part is not type(None))
