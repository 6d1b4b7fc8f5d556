"""What code does, as a digest: edited code makes another run."""

import hashlib
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any


@cache
def program_digest() -> str:
    """Sixteen hex digits of all files of this package: an edited program has others."""
    home, sha = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(home.rglob("*.py")):
        sha.update(f"{path.relative_to(home).as_posix()} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return sha.hexdigest()[:16]


def code_digest(thing: Any) -> str:
    """Eight hex digits of the compiled code of a function, or of all functions of a class.

    The same in every process of one Python version; names, comments and positions do not count.
    What the code calls is not followed.

    >>> code_digest(lambda x: x + 1) == code_digest(lambda x: x + 1) != code_digest(lambda x: x + 2)
    True
    """
    return hashlib.sha256(repr(_codes(thing)).encode()).hexdigest()[:8]


def _codes(thing: Any) -> Any:
    if isinstance(thing, CodeType):
        return (thing.co_code.hex(), thing.co_names, [_codes(constant) for constant in thing.co_consts])
    if isinstance(thing, type):
        return [(name, _codes(member)) for name, member in sorted(vars(thing).items()) if hasattr(member, "__code__")]
    if hasattr(thing, "__code__"):
        return _codes(thing.__code__)
    # A docstring is a constant as well; of others only plain ones have a text that repeats.
    return repr(thing) if isinstance(thing, int | float | complex | bool | str | bytes | tuple | None) else ""
