"""Text that no file can hold: halves of characters, as a file's name of another encoding has them."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel


def half_characters(content: Any) -> Iterator[str]:
    r"""A sentence for each text in names and values that holds half a character, with its place.

    Args:
        content: of any depth; it may hold itself.

    >>> list(half_characters({"title": "a", "axes": {"x": ["b", "c\ud800"]}}))
    ["axes.x[1]: '\\ud800' is half a character, which no file can hold: expected whole ones"]
    """
    left: list[tuple[str, Any]] = [("", content)]
    seen = set[int]()
    while left:
        place, value = left.pop()
        if isinstance(value, str):
            if half := _half(value):
                yield f"{place}: '{half}' is half a character, which no file can hold: expected whole ones"
        elif id(value) not in seen:
            seen.add(id(value))
            left += reversed(list(_parts(place, value)))


def _parts(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a value consists of, names among it, each with its place."""
    if isinstance(value, list | tuple):
        yield from ((f"{place}[{at}]", each) for at, each in enumerate(value))
    named = vars(value) if isinstance(value, BaseModel) else value
    if isinstance(named, dict):
        for name, each in named.items():
            here = f"{place}.{_escaped(name)}".lstrip(".") if isinstance(name, str) else place
            yield here, name
            yield here, each


def _half(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return _escaped(text[error.start])
    return ""


def _escaped(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()
