"""A study that is killed again and again, in processes forked from one that has everything imported.

`python kill_study.py FOLDER KILLS SEED` prints a JSON object: how often the study was killed, and what
differs between its records and those of a study that was not.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import lightning_fabric  # noqa: F401 - imported here, so that no forked process pays for it

from tombola.data import load
from tombola.studies import Conductor, Study, StudyFolder
from tombola.training import epoch

TIMES = {"seconds", "finished"}
RESULT_TIMES = {"seconds", "train_seconds", "step_seconds"}
STUDY = Study.model_validate(
    {
        "name": "killed",
        "settings": {"model": "digits-conv", "data": "digits", "epochs": 3, "batch_size": 64, "precision": "32"},
        "arms": {
            "edge-popup": {"axes": {"density": [0.3, 0.6]}},
            "imp": {
                "settings": {"method": "imp", "levels": 2, "lr": 0.001, "evaluate_every": "5it"},
                "axes": {"rewind_step": ["0it", "3it"]},
            },
        },
        "replicates": 2,
    }
)


def conduct(folder: Path) -> Any:
    return Conductor(StudyFolder(folder / "results", folder / "work", STUDY.name, "full")).run(STUDY)


def records(folder: Path) -> dict[str, Any]:
    """All records but their times."""
    found = {}
    for path in (folder / "results" / STUDY.name / "full").glob("*.json"):
        record = json.loads(path.read_text())
        record["curves"].pop("seconds", None)
        result = {key: value for key, value in record["result"].items() if key not in RESULT_TIMES}
        result["levels"] = [{k: v for k, v in level.items() if k != "seconds"} for level in result["levels"]]
        found[path.name] = {key: value for key, value in record.items() if key not in TIMES} | {"result": result}
    return found


def killed_after(folder: Path, seconds: float) -> bool:
    """Run the study in a process of its own, and kill it; whether it was killed before it had ended."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            conduct(folder)
            code = 0
        finally:
            os._exit(code)
    time.sleep(seconds)
    ended, status = os.waitpid(process, os.WNOHANG)
    if not ended:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        return True
    assert status == 0, "the study failed"
    return False


def main(folder: Path, most: int, seed: int) -> None:
    load("digits")
    epoch.SECONDS_BETWEEN_CHECKPOINTS = 0.05
    began = time.perf_counter()
    conduct(folder / "whole")
    whole = time.perf_counter() - began
    chance = random.Random(seed)
    kills = 0
    while kills < most and killed_after(folder / "killed", chance.uniform(0.02, 2.5 * whole / most)):
        kills += 1
    conduct(folder / "killed")
    here, there = records(folder / "whole"), records(folder / "killed")
    differing = [name for name in here.keys() | there.keys() if here.get(name) != there.get(name)]
    print(json.dumps({"runs": len(here), "kills": kills, "differs": differing, "seconds": whole}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
