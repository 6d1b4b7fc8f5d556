"""A worker that does not outlive the study it works for."""

import os
import threading
import time
from functools import cache

SECONDS = 1.0


@cache
def end_with(study: int) -> None:
    """End this process soon after the one that a study is run from: a run goes on from its checkpoint.

    A study that is killed cannot end its workers, and they would hold its runs. In the study's own process there is
    nothing to do.

    Args:
        study: number of the process that the study is run from, which began this one.
    """
    if os.getpid() != study:
        threading.Thread(target=_wait, args=(study,), daemon=True).start()


def _wait(study: int) -> None:
    while os.getppid() == study:
        time.sleep(SECONDS)
    os._exit(1)  # there is nobody to tell
