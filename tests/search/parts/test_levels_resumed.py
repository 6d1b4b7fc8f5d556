"""Levels of iterative pruning, killed at any moment: the files are those of a run that was not."""

import json
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from tests.search.plain_pruning import STEPS, run
from torch import Tensor

from tombola.search import IterativeMagnitude
from tombola.training import epoch as stretches


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)


class KilledError(BaseException):
    pass


TIMES = ("seconds", "train_seconds", "step_seconds")


def untimed(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: untimed(value) for key, value in content.items() if key not in TIMES}
    return [untimed(value) for value in content] if isinstance(content, list) else content


def everything(folder: Path) -> dict[str, Any]:
    """The content of every file but times and checkpoints, and the names of those."""
    made: dict[str, Any] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if path.suffix in (".json", ".jsonl"):
            made[name] = (
                [untimed(json.loads(line)) for line in path.read_text().splitlines()]
                if path.suffix == ".jsonl"
                else untimed(json.loads(path.read_text()))
            )
        else:
            made[name] = path.read_bytes() if path.name in ("ticket", "trained") else path.is_file()
    return made


KILLED = {
    "weights at 3it": IterativeMagnitude(levels=2, rewind_step="3it"),
    "rates": IterativeMagnitude(levels=2, retraining="lr-rewinding", scope="global"),
}


@pytest.mark.parametrize("name", KILLED)
def test_killed_after_every_few_steps_it_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run(KILLED[name], tmp_path / "whole", optimizer="adam")
    monkeypatch.setattr(stretches, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    real, kills = stretches.train_step, 0
    for attempt in count():
        calls = count()

        def step(*given: Any, calls: Iterator[int] = calls, last: int = 2 + attempt % 3) -> Tensor:
            if next(calls) == last:
                raise KilledError
            return real(*given)

        monkeypatch.setattr(stretches, "train_step", step)
        try:
            run(KILLED[name], tmp_path / "pieces", optimizer="adam")
            break
        except KilledError:
            kills += 1
    assert kills > 6
    assert everything(tmp_path / "pieces") == everything(tmp_path / "whole")


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_killed_at_ever_later_writes_it_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    method = KILLED["weights at 3it"]
    run(method, tmp_path / "whole")
    real, writes, last = Path.replace, 0, 1

    def replaced(self: Path, target: Path) -> Path:
        nonlocal writes
        writes += 1
        if writes == last and before:
            raise KilledError
        done = real(self, target)
        if writes == last:
            raise KilledError
        return done

    monkeypatch.setattr(Path, "replace", replaced)
    for last in count(1):  # noqa: B007 - read by replaced
        writes = 0
        try:
            run(method, tmp_path / "pieces")
            break
        except KilledError:
            continue
    assert last > 8
    assert everything(tmp_path / "pieces") == everything(tmp_path / "whole")


def test_whatever_write_was_the_last_it_goes_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    method, names = KILLED["rates"], list[str]()
    settings: dict[str, Any] = {"epochs": 1, "evaluate_every": "4it"}
    real = Path.replace

    def replaced(self: Path, target: Path) -> Path:
        done = real(self, target)
        if (tmp_path / "whole") in target.parents:
            names.append(str(target.relative_to(tmp_path / "whole")))
            shutil.copytree(tmp_path / "whole", tmp_path / str(len(names)))
        return done

    monkeypatch.setattr(Path, "replace", replaced)
    run(method, tmp_path / "whole", **settings)
    expected = everything(tmp_path / "whole")
    assert set(names) >= {"spec.json", "levels/levels.jsonl", "levels/01/ticket", "levels/02/metrics.jsonl", "trained"}
    for moment in range(1, len(names) + 1, 2):
        run(method, tmp_path / str(moment), **settings)
        assert everything(tmp_path / str(moment)) == expected, f"killed after {names[moment - 1]}"


def test_a_finished_level_is_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = stretches.train_step, count()

    def step(loop: Any, *given: Any) -> Tensor:
        if loop.name == "level-02" and next(calls) == 0:
            raise KilledError
        names.append(loop.name)
        return real(loop, *given)

    names: list[str] = []
    monkeypatch.setattr(stretches, "train_step", step)
    with pytest.raises(KilledError):
        run(IterativeMagnitude(levels=2), tmp_path / "run")
    assert names == ["level-00"] * STEPS + ["level-01"] * STEPS
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "checkpoint").rglob("*.safetensors")}
    names.clear()
    run(IterativeMagnitude(levels=2), tmp_path / "run")
    assert names == ["level-02"] * STEPS
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
