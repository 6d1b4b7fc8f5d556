"""What is given from Python, in the kinds of values that a file has."""

import os
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import numpy as np
from pydantic import BeforeValidator

MOST_DEPTH = 300  # deeper than what a study may hold
T = TypeVar("T")


def plain(value: Any, within: tuple[int, ...] = ()) -> Any:
    """NumPy's numbers as Python's own, paths as text, tuples and ranges as lists, also inside; anything else as it is.

    Args:
        value: of any depth; it may hold itself.
        within: what it stands in, by identity.

    >>> from pathlib import Path
    >>> plain({"data": Path("mine"), "density": (np.float32(0.5), 1)})
    {'data': 'mine', 'density': [0.5, 1]}
    """
    if id(value) in within or len(within) > MOST_DEPTH:
        return value  # which is told of when its place is known
    inside = (*within, id(value))
    if isinstance(value, Mapping):
        return {name: plain(each, inside) for name, each in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(each, inside) for each in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return value.item() if isinstance(value, np.generic) else value


def _frozen(given: Any) -> Any:
    return tuple(given) if isinstance(given, list) else given


Listed = Annotated[tuple[T, ...], BeforeValidator(_frozen)]  # from a list; a set, which has no order, is refused
