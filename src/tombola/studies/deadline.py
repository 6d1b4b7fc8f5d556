"""A time at which work stops, wherever it is, to be gone on with later."""

import time
from typing import Any

from tombola.errors import TombolaError, UsageError
from tombola.training import Progress

_UNITS = {"s": 1, "m": 60, "h": 3600}


class OutOfTimeError(TombolaError):
    """The time is spent; a checkpoint is kept."""


class Deadline(Progress):
    """Tells another what is going on, and stops the work when the time is spent.

    Args:
        told: whoever shows it.
        until: moment of `time.time()`, or None for no end.
    """

    def __init__(self, told: Progress, until: float | None) -> None:
        self._told, self._until = told, until

    def begin(self, name: str, steps: int, done: int) -> None:
        self._check()
        self._told.begin(name, steps, done)

    def advance(self, done: int, facts: dict[str, str]) -> None:
        self._told.advance(done, facts)
        self._check()

    def is_due(self) -> bool:
        return self._is_over() or self._told.is_due()

    def epoch(self, row: dict[str, Any]) -> None:
        self._told.epoch(row)

    def say(self, text: str) -> None:
        self._told.say(text)

    def status(self, text: str) -> None:
        self._check()
        self._told.status(text)

    def _is_over(self) -> bool:
        return self._until is not None and time.time() >= self._until

    def _check(self) -> None:
        if self._is_over():
            raise OutOfTimeError("the time is spent; the same command goes on from the last checkpoint")


def seconds(text: str) -> float:
    """A span of time in seconds.

    Raises:
        UsageError: where it is none.

    >>> seconds("20m"), seconds("1.5h"), seconds("90")
    (1200.0, 5400.0, 90.0)
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in _UNITS else (text, "s")
    try:
        value = float(number) * _UNITS[unit]
    except ValueError:
        value = 0.0
    if not 0 < value < 1e8:
        raise UsageError(f"{text!r} is no span of time: expected seconds, or such as 90s, 20m or 3h, below 1e8 seconds")
    return value
