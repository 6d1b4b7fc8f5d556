"""Progress of long work: rate, time left, loss, metric and density in one line."""

import sys
import time
from types import TracebackType
from typing import Any

from tombola.training.progress_line import Line

SECONDS_BETWEEN_DRAWINGS = 0.2
SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_EPOCH_LINES = 1.0
ROOM_FOR_INTERRUPT = 3  # a terminal writes ^C at the end of the line, and must not begin another


class Progress:
    """Does nothing; the base of what shows something."""

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def begin(self, name: str, steps: int, done: int) -> None:
        """A training called `name` begins, `done` of its `steps` already behind it."""

    def advance(self, done: int, facts: dict[str, str]) -> None:
        """The training has done `done` steps."""

    def is_due(self) -> bool:
        """Whether it is time to show something; asking costs next to nothing."""
        return False

    def epoch(self, row: dict[str, Any]) -> None:
        """An epoch has ended, and this is its record."""

    def say(self, text: str) -> None:
        """One line for the reader."""

    def status(self, text: str) -> None:
        """What is going on now; it is forgotten when something else goes on."""


class LiveProgress(Progress):
    """One line, by rich, on standard error: standard output stays for results.

    On a terminal the line moves, and is gone at the end. Elsewhere, as in a log, a plain line is
    printed at the end of an epoch, and in long epochs every ten seconds.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self._console = Console(stderr=True)
        # Asked of the stream itself, because a setting for colours would make rich say yes.
        self._is_live = sys.stderr.isatty() and not self._console.is_dumb_terminal
        self._live = Live(console=self._console, transient=True, auto_refresh=False)
        self._line = Line("", 0)
        self._shown = 0.0
        self._began = (0.0, 0)

    def __enter__(self) -> "LiveProgress":
        if self._is_live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def begin(self, name: str, steps: int, done: int) -> None:
        if done:
            whole = f"all {steps} steps were done before"
            self.say(f"{name}: {f'going on after step {done} of {steps}' if done < steps else whole}")
        self._line = Line(name, steps, done)
        self._began = (time.perf_counter(), done)
        self._shown = self._began[0]

    def advance(self, done: int, facts: dict[str, str]) -> None:
        start, first = self._began
        rate = (done - first) / max(1e-9, time.perf_counter() - start)
        self._line = self._line.at(done, rate, facts)
        if self._is_live:
            self._live.update(self._line.fitted(self._console.width - ROOM_FOR_INTERRUPT), refresh=True)
        elif self.is_due():
            self._print_line()

    def is_due(self) -> bool:
        pause = SECONDS_BETWEEN_DRAWINGS if self._is_live else SECONDS_BETWEEN_LINES
        if time.perf_counter() - self._shown < pause:
            return False
        if self._is_live:
            self._shown = time.perf_counter()
        return True

    def epoch(self, row: dict[str, Any]) -> None:
        is_last, is_whole = self._line.done >= self._line.steps, row["epoch"] == int(row["epoch"])
        pause = SECONDS_BETWEEN_EPOCH_LINES if is_whole else SECONDS_BETWEEN_LINES
        if not self._is_live and (is_last or time.perf_counter() - self._shown >= pause):
            self._print_line(f"epoch {row['epoch']:.4g}")

    def say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def status(self, text: str) -> None:
        if self._is_live:
            self._live.update(text, refresh=True)

    def _print_line(self, *before: str) -> None:
        self.say(self._line.plain(*before))
        self._shown = time.perf_counter()
