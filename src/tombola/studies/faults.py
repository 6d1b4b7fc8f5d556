"""What pydantic refuses in a study, in our words and with its place."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from tombola.errors import FaultsError, unknown_name

EXPECTED = {
    "tuple_type": "expected a list, such as [0.1, 0.5]",
    "dict_type": "expected names and values, such as {epochs: 3}",
    "model_type": "expected names and values, such as {settings: {epochs: 3}}",
    "int_parsing": "expected a whole number",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "string_type": "expected text",
    "string_pattern_mismatch": "expected small letters, digits and hyphens, such as my-sweep",
    "missing": "missing",
    "too_short": "got none, expected one or more",
    "invalid_key": "expected names, which are text",
    "invalid-json-value": "expected a number, text, true or false, null, a list, or names and values",
}
TOO_LONG = {"string_too_long": "characters", "too_long": "of them"}
KINDS = ("[key]", "dict", "list", "str", "bool", "int", "float", "nullable")
LIMITS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le")}

Kinds = Mapping[str, type[BaseModel]]


def faults_of(error: ValidationError, whole: type[BaseModel], parts: Kinds) -> list[str]:
    """A sentence for each fault, which begins with its place.

    Args:
        error: of what was given.
        whole: what was asked for.
        parts: what its entries of a name are, each a mapping of these.
    """
    return [sentence for fault in error.errors(include_url=False) for sentence in _sentences(fault, whole, parts)]


def _sentences(fault: Any, whole: type[BaseModel], parts: Kinds) -> Iterator[str]:
    place, raised = _place(fault), fault.get("ctx", {}).get("error")
    texts = raised.faults if isinstance(raised, FaultsError) else [_text(fault, whole, parts)]
    for text in texts:
        yield f"{place}: {text}" if place else text  # what is wrong with the whole says itself where it stands


def _place(fault: Any) -> str:
    """Where a fault stands: `arms.mine.axes`, `measures[0]`; without the words of the reader for kinds of values."""
    named = [part for part in fault["loc"] if part not in KINDS]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in named).lstrip(".")


def _text(fault: Any, whole: type[BaseModel], parts: Kinds) -> str:
    if fault["type"] == "extra_forbidden":
        *above, name = map(str, fault["loc"])
        return str(unknown_name("field", name, _fields(above, whole, parts)))
    if fault["type"] == "dict_type" and fault["loc"][-1] in parts:
        return "expected names and what they stand for, such as {mine: {settings: {epochs: 3}}}"
    if fault["type"] in LIMITS:
        word, key = LIMITS[fault["type"]]
        return f"got {str(fault['input'])[:40]}, expected {word} {fault['ctx'][key]:,}"
    if fault["type"] in TOO_LONG:
        most, got = fault["ctx"]["max_length"], len(fault["input"])
        return f"got {got:,} {TOO_LONG[fault['type']]}, expected {most:,} at most"
    return EXPECTED.get(fault["type"], str(fault["msg"]).removeprefix("Value error, "))


def _fields(above: list[str], whole: type[BaseModel], parts: Kinds) -> Collection[str]:
    kind = parts.get(above[0], whole) if above else whole
    return list(kind.model_fields)
