"""Progress of long work: a live line with rate, time left, loss, metric and density."""

import sys
import time
from types import TracebackType
from typing import Any

SECONDS_BETWEEN_DRAWINGS = 0.2


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


class LiveProgress(Progress):
    """A bar on the terminal, by rich, on standard error: standard output stays for results."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:.0f}/{task.total:.0f} steps"),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[facts]}"),
            console=self._console,
            transient=not sys.stderr.isatty(),
        )
        self._drawn = 0.0
        self._began = (0.0, 0)

    def __enter__(self) -> "LiveProgress":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def begin(self, name: str, steps: int, done: int) -> None:
        self._task = self._bars.add_task(name, total=steps, completed=done, rate="", facts="")
        self._began = (time.perf_counter(), done)

    def advance(self, done: int, facts: dict[str, str]) -> None:
        start, first = self._began
        rate = (done - first) / max(1e-9, time.perf_counter() - start)
        shown = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.2g}/s"
        listed = "  ".join(f"{name} {value}" for name, value in facts.items())
        self._bars.update(self._task, completed=done, rate=shown, facts=listed)

    def is_due(self) -> bool:
        now = time.perf_counter()
        if now - self._drawn < SECONDS_BETWEEN_DRAWINGS:
            return False
        self._drawn = now
        return True

    def say(self, text: str) -> None:
        self._console.print(text, highlight=False)
