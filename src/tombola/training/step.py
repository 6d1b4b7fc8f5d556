"""`Step`: a point in training time, so that no bare integer's unit must be guessed."""

import re
from dataclasses import dataclass
from typing import Literal

from tombola.errors import UsageError


@dataclass(frozen=True)
class Step:
    """A number of epochs or of iterations.

    >>> Step.parse("2ep").iterations(per_epoch=469)
    938
    >>> str(Step.parse("500it"))
    '500it'
    """

    count: int
    unit: Literal["ep", "it"]

    def __post_init__(self) -> None:
        if self.unit not in ("ep", "it") or isinstance(self.count, bool) or self.count < 0:
            raise UsageError(f"step {self.count}{self.unit}: expected 0 or more epochs or iterations, as 2ep or 500it")

    @classmethod
    def parse(cls, text: "str | Step") -> "Step":
        """Read `"2ep"` (epochs) or `"500it"` (iterations); a step stays what it is.

        Raises:
            UsageError: for anything else.
        """
        if isinstance(text, Step):
            return text
        match = re.fullmatch(r"(\d{1,12})(ep|it)", text.strip()) if isinstance(text, str) else None
        if match is None:
            raise UsageError(f"step {text!r}: expected epochs as 2ep, or iterations as 500it")
        return cls(int(match[1]), "ep" if match[2] == "ep" else "it")

    def iterations(self, per_epoch: int) -> int:
        """The step in iterations, where an epoch has `per_epoch` of them."""
        return self.count * per_epoch if self.unit == "ep" else self.count

    def epochs(self, per_epoch: int) -> float:
        """The step in epochs, where an epoch has `per_epoch` iterations."""
        return float(self.count) if self.unit == "ep" else self.count / per_epoch

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"
