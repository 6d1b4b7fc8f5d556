"""The exceptions a user can meet, and the sentences they speak.

Every message is one clear sentence or two: what was got, what is allowed, what to do.
The command line prints the message alone, several faults one a line; it ends with exit code 1 where the
work failed, and 2 otherwise.
"""

import difflib
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from numbers import Real
from typing import TypeGuard

MOST_WRITTEN_OUT = 10**15  # of a number in a sentence


class TombolaError(Exception):
    """Base of everything this package raises on purpose."""


class UsageError(TombolaError, ValueError):
    """An argument, a name or an input is not one that can be used."""


class FaultsError(UsageError):
    """Several faults of one thing, all that were found.

    Args:
        of: what they are of.
        faults: a sentence each, with the place where it stands.

    >>> str(FaultsError("study sweep", ["settings.epochs: missing", "axes.lr[0]: lr=-1: expected a number above 0"]))
    'study sweep: settings.epochs: missing; axes.lr[0]: lr=-1: expected a number above 0'
    """

    def __init__(self, of: str, faults: Sequence[str]) -> None:
        super().__init__(of, tuple(faults))
        self.of, self.faults = of, tuple(faults)

    def __str__(self) -> str:
        return f"{self.of}: {'; '.join(self.faults)}"


class DataError(UsageError):
    """The data set cannot be read, or does not fit the model or the task."""


class TicketError(UsageError):
    """A ticket file is damaged, of an unknown version, or belongs to another architecture."""


class RunFolderError(UsageError):
    """The output folder cannot be used: it holds another run, is busy, full or read-only."""


class FailedError(TombolaError, ArithmeticError):
    """What was asked could be tried, and the work broke down."""


class DivergedError(FailedError):
    """The loss became NaN or infinite."""


class CollapsedError(FailedError):
    """A layer has no live path left, so nothing that follows could learn."""


def unknown_name(kind: str, got: str, known: Iterable[str]) -> UsageError:
    """The error for a name that is not registered; the nearest known names are offered.

    >>> str(unknown_name("model", "lenet-300", ["conv2", "lenet-300-100"]))
    "unknown model 'lenet-300': did you mean 'lenet-300-100'? Known: conv2, lenet-300-100"
    """
    names = sorted(known)
    begun = [name for name in names if got and name.startswith(got.lower())][:3]
    near = begun or difflib.get_close_matches(got.lower(), names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(repr(name) for name in near)}? " if near else ""
    return UsageError(f"unknown {kind} {got!r}: {hint}Known: {', '.join(names)}")


def check_name(kind: str, value: object, known: Iterable[str]) -> None:
    """Refuse what is no registered name.

    Raises:
        UsageError: which offers the nearest known names.

    >>> check_name("schedule", "cosine", ["constant", "cosine"])
    """
    names = list(known)
    if not isinstance(value, str) or value not in names:
        raise unknown_name(kind, str(value), names)


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether a value is a finite number that a float can hold; a truth value is none.

    >>> [is_number(value) for value in (1, 0.5, True, "1", float("nan"), 10**400)]
    [True, True, False, False, False, False]
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def check_density(value: float, name: str = "density") -> float:
    """Return `value` as a plain number if it is a density, a number in (0, 1].

    Raises:
        UsageError: for anything else; a percentage is recognised and its density offered.

    >>> check_density(0.5)
    0.5
    >>> check_density(30)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: density=30: expected 0 < density <= 1; did you mean 0.3?
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number:
        kind = "text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise UsageError(f"{name}={value!r}: expected a number, 0 < density <= 1, and got {kind}")
    if 0 < value <= 1:
        return float(value)
    hint = f"; did you mean {float(value) / 100:g}?" if 1 < value <= 100 else ""
    raise UsageError(f"{name}={_told(value)}: expected 0 < density <= 1{hint}")


def _told(number: float) -> str:
    """A number as a sentence has it: 30.0 is told as 30, a whole number of hundreds of digits by its size."""
    if isinstance(number, int) and abs(number) > MOST_WRITTEN_OUT:
        return f"{Decimal(number):.2e}"
    return str(int(number) if isinstance(number, float) and number.is_integer() else number)
