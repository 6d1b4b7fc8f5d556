"""SIGKILL at any moment, started again with the same settings: the files of a run never killed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_trials.py")


@pytest.mark.parametrize(
    "case", ["dropout norm", "adam augment norm", "dense augment norm dropout", "imp norm", "images norm"]
)
def test_killed_runs_end_with_the_same_files(tmp_path: Path, case: str) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path), case, "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert {name: trial["differs"] for name, trial in report.items()} == {"random": [], "before": [], "after": []}
    assert report["random"]["kills"] > 0
    assert report["before"]["kills"] > 7
    assert report["after"]["kills"] > 5
