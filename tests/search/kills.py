"""A run that is stopped after some steps and started again, beside one that is not stopped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tombola.training import epoch


class StoppedError(Exception):
    """What stands for a kill."""


def stopped_after(steps: int, run: Callable[[], Any]) -> None:
    """Run, with a checkpoint after every step, and stop in the middle of a step."""
    real, done = epoch.train_step, 0

    def step(*given: Any) -> Any:
        nonlocal done
        done += 1
        if done > steps:
            raise StoppedError
        return real(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(epoch, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
        patch.setattr(epoch, "train_step", step)
        with pytest.raises(StoppedError):
            run()


def check_goes_on(run: Callable[[Path], Any], folder: Path, kills: tuple[int, ...]) -> None:
    """Whatever the moments at which a run is stopped, it ends as if it had not been."""
    run(folder / "whole")
    for steps in kills:
        stopped_after(steps, lambda: run(folder / "pieces"))
    run(folder / "pieces")
    for name in ("ticket", "trained"):
        if (folder / "whole" / name).exists():
            assert (folder / "pieces" / name).read_bytes() == (folder / "whole" / name).read_bytes(), name
