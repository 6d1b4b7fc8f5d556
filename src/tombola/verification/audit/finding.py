"""`Finding`: one thing that was looked at, and what was found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from tombola.printable import printable

LONGEST = 500

# Whether it is right (None: it does not apply), and a sentence of detail.
Answer: TypeAlias = tuple[bool | None, str]


@dataclass(frozen=True)
class Finding:
    """What an audit found out about one thing.

    Args:
        name: of what was looked at.
        ok: whether it is as it should be; None where it does not apply.
        detail: what was found, or why it does not apply.
    """

    name: str
    ok: bool | None
    detail: str


def passed(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong.

    >>> passed([Finding("digest", True, "right"), Finding("result", None, "no run folder")])
    True
    """
    return all(finding.ok is not False for finding in findings)


def find(name: str, check: Callable[[], Answer]) -> Finding:
    """The finding of a check; what cannot be read is wrong."""
    try:
        ok, detail = check()
    except Exception as error:  # damaged and hostile input can make any line of any reader fail
        ok, detail = False, str(error) or type(error).__name__
    return Finding(name, ok, printable(detail[:LONGEST]))
