"""Ctrl-C waits while libraries are imported."""

import os
import signal

import pytest

from tombola.cli.interrupts import interrupts_held


def test_an_interrupt_comes_after_what_must_not_be_interrupted() -> None:
    done: list[str] = []

    def interrupted() -> None:
        with interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("imported")
        done.append("not reached")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["imported"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_one_nothing_happens() -> None:
    with interrupts_held():
        held = signal.getsignal(signal.SIGINT)
    assert held is not signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_process_that_ignores_interrupts_goes_on_ignoring_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts_held():
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
