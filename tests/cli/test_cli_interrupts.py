"""Ctrl-C waits while libraries are imported, and is for the study and not for its processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.calling import SMALL_STUDY

from tombola.cli.interrupts import interrupts_held
from tombola.studies.workers.interrupts import kept_from_processes


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


def test_what_is_imported_before_an_interrupt_is_expected_is_little() -> None:
    code = "import sys, tombola.cli; print('tyro' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"


def test_processes_that_are_begun_never_see_an_interrupt_and_the_study_does() -> None:
    blocked: list[bytes] = []

    def interrupted() -> None:
        with kept_from_processes():
            signal.raise_signal(signal.SIGINT)
            code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
            blocked.append(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert blocked == [b"True\n"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_terminal_s_interrupt_of_a_study_in_processes_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SMALL_STUDY.replace("epochs: 1", "epochs: 100000"))
    words = [sys.executable, "-m", "tombola", "study", "mine.yaml", "--jobs", "2"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            _wait_for_workers(process.pid)
            time.sleep(0.5)  # amid their imports
            os.killpg(process.pid, signal.SIGINT)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, err) == (1, "stopped: the same command goes on from the last checkpoints\n")


def _wait_for_workers(study: int) -> None:
    listing = ["ps", "-A", "-ww", "-o", "pgid=,args="]  # -ww: whole lines, however long the path of the interpreter
    for _ in range(600):
        there = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
        if sum(line.split()[0] == str(study) and "popen_loky" in line for line in there.splitlines()) == 2:
            return
        time.sleep(0.1)
    pytest.fail("no processes within a minute")
