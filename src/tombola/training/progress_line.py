"""The line that shows how far a training is, fitted to the width there is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

NARROWEST_BAR, WIDEST_BAR = 5, 30


@dataclass(frozen=True)
class Line:
    """What is known of a training that runs.

    Args:
        name: of the training.
        steps: in all.
        done: of them.
        rate: steps a second, 0 where it is not known yet.
        facts: name -> figure, the most important first.
    """

    name: str
    steps: int
    done: int = 0
    rate: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict)

    def at(self, done: int, rate: float, facts: Mapping[str, str]) -> "Line":
        """The line a while later."""
        return replace(self, done=done, rate=rate, facts=facts)

    def fitted(self, width: int) -> str:
        """One line of at most `width` characters: the bar gives way first, then the last facts.

        >>> Line("dense", 200, 100, 50.0, {"loss": "0.1234"}).fitted(48)
        'dense ━━━━━╌╌╌╌╌ 50% 50/s 0:02 left  loss 0.1234'
        """
        shown = self._facts()
        while shown and len(self._text(shown)) > width:
            shown = shown[:-1]
        bar = min(WIDEST_BAR, width - len(self._text(shown)) - 1)
        filled = round(bar * self._share)
        drawn = f" {'━' * filled}{'╌' * (bar - filled)}" if bar >= NARROWEST_BAR else ""
        return self._text(shown, drawn)[:width]

    def plain(self, *before: str) -> str:
        """All of it, for a log.

        >>> Line("dense", 200, 100, 50.0, {"loss": "0.1234"}).plain("epoch 2")
        'dense: epoch 2, step 100 of 200, 50/s, 0:02 left, loss 0.1234'
        """
        parts = (*before, f"step {self.done} of {self.steps}", self._rate, f"{self._left} left", *self._facts())
        return f"{self.name}: {', '.join(part for part in parts if part)}"

    @property
    def _share(self) -> float:
        return self.done / max(1, self.steps)

    @property
    def _rate(self) -> str:
        return "" if not self.rate else f"{self.rate:.0f}/s" if self.rate >= 10 else f"{self.rate:.2g}/s"

    @property
    def _left(self) -> str:
        return clock((self.steps - self.done) / self.rate) if self.rate else "-:--"

    def _facts(self) -> list[str]:
        return [f"{name} {value}" for name, value in self.facts.items()]

    def _text(self, facts: list[str], bar: str = "") -> str:
        parts = [f"{self.name}{bar} {self._share:.0%}", self._rate, f"{self._left} left"]
        return "  ".join([" ".join(part for part in parts if part), " ".join(facts)]).rstrip()


def clock(seconds: float) -> str:
    """Minutes and seconds, and hours where there are any.

    >>> clock(75), clock(7500)
    ('1:15', '2:05:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
