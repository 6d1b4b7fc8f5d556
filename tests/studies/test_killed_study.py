"""SIGKILL at any moment, started again: the records of a study never killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("kill_study.py")


def test_a_killed_study_leaves_the_same_records(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), str(tmp_path), "6", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # threads of small networks wait for each other
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env=environment)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert (report["runs"], report["differs"]) == (8, [])
    assert report["kills"] > 1
