"""Manners for the `datasets` library: quiet, and nothing left in the user's cache by local files."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the progress bars and log lines of `datasets` and its hub client, as long as it lasts."""
    import datasets
    from huggingface_hub.utils import logging as hub_logging

    bars = not datasets.are_progress_bars_disabled()
    levels = datasets.logging.get_verbosity(), hub_logging.get_verbosity()
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(logging.CRITICAL)
    hub_logging.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        datasets.logging.set_verbosity(levels[0])
        hub_logging.set_verbosity(levels[1])
        if bars:
            datasets.enable_progress_bars()


def first_line(error: BaseException) -> str:
    """What a library's exception says, on one line; the exception it came from says it best."""
    cause = error.__cause__ or error
    return str(cause).strip().partition("\n")[0].rstrip(".") or type(cause).__name__
