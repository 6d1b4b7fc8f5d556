"""A study of one's own, from a YAML file."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tombola.errors import UsageError
from tombola.studies.study import Study

MOST_BYTES = 2**20


def read_study(path: Path) -> Study:
    """Read a study.

    Raises:
        UsageError: where the file cannot be read, is no YAML, or is no study: with every fault and its place.
    """
    content = _content(path)
    if not isinstance(content, dict):
        raise UsageError(f"{path} is no study: expected name, settings, axes, …, one a line")
    try:
        return Study.model_validate({"name": path.stem} | content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        listed = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'study'}: {_text(fault)}" for fault in faults)
        raise UsageError(f"{path}: {listed}") from error


def _content(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES // 2**20} MB: it is no study")
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}; expected a study's YAML file") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        text = " ".join(str(error).split())[:200]
        raise UsageError(f"{path} is no YAML: {text}") from error


def _text(fault: Any) -> str:
    text = str(fault["msg"]).removeprefix("Value error, ")
    return "unknown, there is no such field" if fault["type"] == "extra_forbidden" else text
