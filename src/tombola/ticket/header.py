"""The header of a ticket file: its schema, checked before anything is believed."""

import json
import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tombola.errors import TicketError

VERSION: Literal[1] = 1

Size = Annotated[int, Field(ge=0)]
Shape = Annotated[list[Size], Field(max_length=64)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Object = dict[str, Any]


class Part(BaseModel):
    """A part of the header: types as written, nothing unknown, nothing missing."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class LayerPart(Part):
    """A masked parameter: how many of its weights are kept, and the density that was asked for."""

    name: str
    shape: Shape
    kept: Size
    density: Annotated[float, Field(gt=0, le=1)]


class FillPart(Part):
    """A tensor of one repeated value."""

    dtype: str
    shape: Shape
    value: bool | int | float


class ArchitecturePart(Part):
    """As `Architecture`."""

    name: str
    arguments: Object
    builtin: bool


class Header(Part):
    """All of the header; `recipe` is null where the initial weights are in the file."""

    version: Literal[1]
    architecture: ArchitecturePart
    layers: list[LayerPart]
    mask: Digest
    recipe: Object | None
    weights: Digest
    fills: dict[str, FillPart]
    spec: Object
    metrics: Object
    provenance: Object


def to_text(header: Header) -> str:
    """The header as compact JSON."""
    return json.dumps(header.model_dump(), separators=(",", ":"), allow_nan=False)


def from_text(text: str) -> Header:
    """The header that `text` holds.

    Raises:
        TicketError: where it is no JSON, of another version, or not as the schema says.
    """
    try:
        parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise TicketError(f"the header is not JSON as a ticket has it: {error!s:.200}") from error
    _check_version(parsed)
    try:
        return Header.model_validate(parsed)
    except (ValidationError, RecursionError) as error:
        raise TicketError(f"the header is damaged: {_first(error):.200}") from error


def _check_version(parsed: Any) -> None:
    version = parsed.get("version") if isinstance(parsed, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise TicketError("the header is damaged: it names no version")
    if version > VERSION:
        raise TicketError(f"the ticket is of version {version}, this program reads version {VERSION}: update tombola")


def _first(error: ValidationError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    problem = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name occurs twice")
    return made


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number
