"""Reading a record file as if a stranger had written it: size, encoding, version and every field are checked."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from tombola.errors import RunFolderError
from tombola.files import write_json
from tombola.printable import printable

MAX_BYTES = 64 * 2**20
SCHEMA_VERSION = 1

Model = TypeVar("Model", bound=BaseModel)

_UNFINISHED = "the run has not finished; run its command again to go on"


class _Versioned(BaseModel):
    version: int = Field(alias="schema", strict=True)


def read_json(path: Path, model: type[Model], *, missing: str = _UNFINISHED, again: str = "run again") -> Model:
    """The JSON file at `path`, checked against `model` after its schema version.

    Args:
        path: of the file.
        model: its fields.
        missing: what it means that there is no such file, and what to do.
        again: how to get a damaged file anew.

    Raises:
        RunFolderError: where it is missing, too large, not JSON, of another version, or a field is wrong.
    """
    content = _read_bytes(path, missing)
    found = _validate(path, content, _Versioned, again).version
    if found != SCHEMA_VERSION:
        raise RunFolderError(
            f"{path} has schema version {found}, this program reads version {SCHEMA_VERSION}; "
            "use the version of tombola that wrote it"
        )
    return _validate(path, content, model, again)


def write_json_checked(path: Path, content: Mapping[str, Any], model: type[BaseModel]) -> None:
    """Write a JSON file in one step, once it is seen that `read_json` will read it.

    Raises:
        RunFolderError: where it would not, or the file cannot be written.
    """
    text = json.dumps(content, indent=2)
    if len(text) > MAX_BYTES:
        raise RunFolderError(f"{path} would be larger than {MAX_BYTES // 2**20} MB, and is not written: expected less")
    try:
        model.model_validate_json(text)
    except ValidationError as error:
        raise RunFolderError(f"{path} could not be read again, and is not written: {_first_fault(error)}") from error
    write_json(path, content)


def read_json_lines(path: Path, model: type[Model]) -> tuple[Model, ...]:
    """The rows of a JSON Lines file, each checked against `model`; an empty file has none.

    Raises:
        RunFolderError: where it is missing, too large, or a row is wrong; the line is named.
    """
    lines = _read_bytes(path, _UNFINISHED).split(b"\n")
    return tuple(
        _validate(path, line, model, where=f"line {number}: ") for number, line in enumerate(lines, 1) if line.strip()
    )


def _read_bytes(path: Path, missing: str) -> bytes:
    if not path.exists():
        raise RunFolderError(f"{path} is missing: {missing}")
    if not path.is_file():  # a pipe or a device would be read for ever
        raise RunFolderError(f"{path} is not an ordinary file: restore the one that was written")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RunFolderError(f"{path} is larger than {MAX_BYTES // 2**20} MB: it is not a record of ours")
        return path.read_bytes()
    except OSError as error:
        raise RunFolderError(f"cannot read {path}: {error.strerror or error}; check its permissions") from error


def _validate(path: Path, content: bytes, model: type[Model], again: str = "run again", where: str = "") -> Model:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise RunFolderError(f"{path} is damaged: {where}{_first_fault(error)}; restore it or {again}") from error


def _first_fault(error: ValidationError) -> str:
    """The first thing pydantic complains of, on one line and short whatever the file held."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    what = fault["msg"].removeprefix("Value error, ")
    text = f"{place}: {what}" if place else what
    return printable(text[:200])
