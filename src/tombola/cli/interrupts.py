"""Ctrl-C at a moment that can take it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Have Ctrl-C wait until the end: amid its imports a library swallows it, or is left in pieces.

    Raises:
        KeyboardInterrupt: at the end, where one came.
    """
    is_main = threading.current_thread() is threading.main_thread()  # no other may set what a signal does
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if came:
        raise KeyboardInterrupt
