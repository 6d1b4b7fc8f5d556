"""Names of layers, short enough for an axis."""

from collections.abc import Sequence
from itertools import takewhile


def shortened(text: str, length: int = 30) -> str:
    """A long name with its middle left out: the ends are what tells the names of layers apart.

    >>> shortened("encoder.stages.0.blocks.1.attention.in_proj_weight", 24)
    'encoder.sta…_proj_weight'
    """
    if len(text) <= length:
        return text
    tail = length // 2
    return f"{text[: length - tail - 1]}…{text[-tail:]}"


def short_names(names: Sequence[str]) -> tuple[str, ...]:
    """Dotted names without the parts that all of them begin and end with; at least one part of each is left.

    >>> short_names(["encoder.0.fc.weight", "encoder.1.fc.weight", "encoder.head.weight"])
    ('0.fc', '1.fc', 'head')
    >>> short_names(["fc.weight"])
    ('fc.weight',)
    """
    if len(names) < 2:
        return tuple(names)
    parts = [name.split(".") for name in names]
    spare = min(map(len, parts)) - 1
    first = _common(parts, spare)
    last = _common([part[::-1] for part in parts], spare - first)
    return tuple(".".join(part[first : len(part) - last]) for part in parts)


def _common(parts: Sequence[Sequence[str]], at_most: int) -> int:
    """How many leading parts are the same in all."""
    same = (len(set(column)) == 1 for column in zip(*(part[:at_most] for part in parts), strict=True))
    return sum(1 for _ in takewhile(bool, same))
