"""The command as a process: interrupts, pipes and exit codes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.calling import Call

TOMBOLA = [sys.executable, "-c", "import sys; from tombola.cli import main; sys.exit(main())"]
LONG = (
    "find",
    "--model",
    "digits-mlp",
    "--data",
    "digits",
    "--epochs",
    "20",
    "--batch-size",
    "16",
    "--precision",
    "32",
)


def _interrupted(folder: Path) -> tuple[int, str]:
    process = subprocess.Popen([*TOMBOLA, *LONG, "--out", str(folder)], stderr=subprocess.PIPE, text=True)
    limit = time.monotonic() + 60
    # The metrics of an epoch are written before its checkpoint, which is what there is to go on from.
    while not (folder / "checkpoint/edge-popup/state.safetensors").exists() and time.monotonic() < limit:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    return process.returncode, err


def test_interrupted_it_says_how_to_go_on_and_does(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # as the tests: the same bits need the same number of threads
    code, err = _interrupted(tmp_path / "stopped")
    assert code == 1
    assert err.splitlines()[-1] == "stopped: the same command goes on from the last checkpoint"
    assert "Traceback" not in err
    assert not (tmp_path / "stopped" / "result.json").exists()
    resumed = call(*LONG, "--out", str(tmp_path / "stopped"), "--json")
    assert "edge-popup: going on after step " in resumed.err
    whole = call(*LONG, "--out", str(tmp_path / "whole"), "--json")
    assert resumed.last_json["digest"] == whole.last_json["digest"]


@pytest.mark.parametrize("words", [["find", "--help"], ["show", "RUN"], ["show", "RUN", "--json"]])
def test_a_reader_that_has_gone_is_no_trouble(words: list[str], finished: Path) -> None:
    gone, pipe = os.pipe()
    os.close(gone)
    line = [str(finished) if word == "RUN" else word for word in words]
    done = subprocess.run([*TOMBOLA, *line], stdout=pipe, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(pipe)
    assert done.stderr == b""


def test_wrong_use_is_told_by_the_exit_code() -> None:
    words = ["find", "--model", "digits-mlp", "--data", "digits", "--density", "30"]
    done = subprocess.run([*TOMBOLA, *words], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: density=30: expected 0 < density <= 1; did you mean 0.3?\n"


@pytest.mark.parametrize(("words", "code"), [(["fnd"], 2), (["--version"], 0)])
def test_as_a_module_it_has_the_same_exit_code(words: list[str], code: int) -> None:
    line = [sys.executable, "-m", "tombola", *words]
    assert subprocess.run(line, capture_output=True, timeout=60, check=False).returncode == code
