"""Ctrl-C is for the study, which ends its processes: a terminal sends it to all of them."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept_from_processes() -> Iterator[None]:
    """Have processes and threads that are begun meanwhile never see Ctrl-C; for this one it waits until the end.

    Raises:
        KeyboardInterrupt: at the end, where one came.
    """
    from multiprocessing import resource_tracker as python_tracker

    from joblib.externals.loky.backend import resource_tracker as joblib_tracker

    for tracker in (python_tracker, joblib_tracker):
        tracker.ensure_running()  # before, since what begins one lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
