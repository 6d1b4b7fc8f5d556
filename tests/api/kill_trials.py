"""Runs that are killed again and again, in processes forked from one that has everything imported.

`python kill_trials.py FOLDER CASE SEED` prints a JSON object: how many runs were killed, and what
differs between the run that was killed and one that was not.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightning_fabric  # noqa: F401 - imported here, so that no forked process pays for it
import torch
from PIL import Image
from torch import nn

import tombola as tb
from tombola.api import execute, plan
from tombola.data import DataSet, Preparation, load

TIMES = ("seconds", "train_seconds", "step_seconds")
LOOP = sys.modules["tombola.training.epoch"]


def network(case: str) -> nn.Module:
    torch.manual_seed(0)
    channels = 3 if "images" in case else 1
    layers: list[nn.Module] = [nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 10)]
    if "norm" in case:
        layers.insert(1, nn.BatchNorm2d(4))
    if "dropout" in case:
        layers.insert(-1, nn.Dropout(0.3))
    return nn.Sequential(*layers)


def pictures(folder: Path) -> DataSet:
    """Digits as JPEGs of two sizes, so that they are decoded batch by batch."""
    digits = load("digits").train
    for index, target in enumerate(digits.targets[:170].tolist()):
        image = Image.fromarray(digits.inputs[index, 0].numpy()).resize((12 + index % 2, 12))
        file = folder / ("train" if index < 130 else "test") / str(target) / f"{index:03}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
    return load(folder)


def make_run(case: str, folder: Path) -> Callable[[Path], Any]:
    data = load("digits")
    few = torch.arange(150)
    data = replace(data, train=data.train.take(few), test=data.train.take(few[:50] + 150))
    if "images" in case:
        data = pictures(folder)
    if "augment" in case:
        data = replace(data, preparation=replace(Preparation((0.3,), (0.4,)), crop_padding=1, flip=True))
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 32, "precision": "32", "compare": "dense" in case}
    if "images" in case:
        settings |= {"augment": "on", "image_size": 8}
    if "adam" in case:
        settings |= {"optimizer": "adam", "lr": 0.01}
    if "imp" in case:
        settings |= {"method": tb.IterativeMagnitude(levels=2, rewind_step="3it"), "epochs": 2, "evaluate_every": "2it"}

    def run(folder: Path) -> Any:
        return execute(plan(network(case), data, **settings), folder, page=False)

    return run


def forked(work: Callable[[], Any]) -> int:
    """Start `work` in a process of its own, and give its id; it ends with 0, or 1 where it raised."""
    process = os.fork()
    if process:
        return process
    try:
        work()
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def ended(process: int) -> int:
    """The process's exit code, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def killed_at_random(run: Callable[[Path], Any], folder: Path, longest: float, draw: random.Random) -> int:
    kills = 0
    while True:
        process = forked(lambda: run(folder))
        if kills < 15:
            time.sleep(draw.uniform(0, longest / 3))
            os.kill(process, signal.SIGKILL)
        code = ended(process)
        if code == 0:
            return kills
        if code != -signal.SIGKILL:
            raise SystemExit(f"a run ended with {code} after {kills} kills")
        kills += 1


def killed_at_each_write(run: Callable[[Path], Any], folder: Path, before: bool, writes: int) -> int:
    """The processes die at their 2nd, 3rd, …, 2nd … rename, right before or right after it."""
    kills = 0

    def work() -> None:
        real, count, last = Path.replace, 0, 2 + kills % writes

        def replaced(self: Path, target: Path) -> Path:
            nonlocal count
            count += 1
            if count == last and before:
                os.kill(os.getpid(), signal.SIGKILL)
            done = real(self, target)
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        Path.replace = replaced  # type: ignore[method-assign, assignment]
        run(folder)

    while (code := ended(forked(work))) != 0:
        if code != -signal.SIGKILL:
            raise SystemExit(f"a run ended with {code} after {kills} kills")
        kills += 1
        if kills > 200:
            raise SystemExit("the runs make no progress")
    return kills


def kept(folder: Path) -> dict[str, Any]:
    """What must not differ: all but times."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = {path: path.read_text().splitlines() for path in files if path.suffix == ".jsonl"}
    return {
        "tickets": {name_in(folder, path): path.read_bytes() for path in files if path.name in ("ticket", "trained")},
        "rows": {name_in(folder, path): [untimed(json.loads(line)) for line in of] for path, of in rows.items()},
        "result": untimed(json.loads((folder / "result.json").read_text())),
        "spec": (folder / "spec.json").read_text(),
        "files": [name_in(folder, path) for path in files],
    }


def name_in(folder: Path, path: Path) -> str:
    return str(path.relative_to(folder))


def untimed(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: untimed(value) for key, value in content.items() if key not in TIMES}
    return [untimed(value) for value in content] if isinstance(content, list) else content


def main(folder: Path, case: str, seed: int) -> None:
    torch.set_num_threads(1)
    LOOP.SECONDS_BETWEEN_CHECKPOINTS = -1.0  # type: ignore[attr-defined] # a checkpoint after every step
    run = make_run(case, folder / "images")
    began = time.perf_counter()
    if ended(forked(lambda: run(folder / "whole"))):
        raise SystemExit("the undisturbed run failed")
    longest = time.perf_counter() - began
    whole, report = kept(folder / "whole"), {}
    # A process that goes on writes what belongs to each finished level again, and must come further than that.
    writes = 9 if "imp" in case else 4
    trials: dict[str, Callable[[Path], int]] = {
        "random": lambda place: killed_at_random(run, place, longest, random.Random(seed)),
        "before": lambda place: killed_at_each_write(run, place, before=True, writes=writes),
        "after": lambda place: killed_at_each_write(run, place, before=False, writes=writes),
    }
    for name, trial in trials.items():
        kills = trial(folder / name)
        pieces = kept(folder / name)
        report[name] = {"kills": kills, "differs": [part for part in whole if pieces[part] != whole[part]]}
    print(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
