"""Runs of a study that begin with the same training do it once, and come out as they would alone."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.studies.test_conduct import folder, records, study

from tombola.api import execute
from tombola.errors import RunFolderError
from tombola.models import make
from tombola.studies import Conductor, Study, one_run
from tombola.studies.planned import plan_run
from tombola.studies.workers import Processes
from tombola.training import Progress
from tombola.training.checkpoint import check_file, load_checkpoint, save_checkpoint, save_network
from tombola.training.identity import identity
from tombola.training.store import TAKEN, TrainingStore

SETTINGS = {"model": "digits-mlp", "data": "digits", "epochs": 2, "method": "criterion", "density": 0.3}


class Trained(Progress):
    """Counts the trainings of which something was left to do."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def begin(self, name: str, steps: int, done: int) -> None:
        self.names += [name] if done < steps else []


def criteria(**changed: Any) -> Study:
    given: dict[str, Any] = {
        "settings": SETTINGS,
        "axes": {"criterion": ("large-final", "small-final", "random"), "retrain": (False, True)},
        "replicates": 1,
    }
    return study(**(given | changed))


def test_one_training_for_all_that_begin_with_it(tmp_path: Path) -> None:
    place, told = folder(tmp_path), Trained()
    assert Conductor(place, progress=told, keep=True).run(criteria()).is_complete
    assert sorted(told.names) == ["dense", "ticket", "ticket", "ticket"]
    found = {identity(record["point"]): record["result"] for record in records(place).values()}
    for run in criteria().runs():
        alone = execute(plan_run(run, {}).plan, tmp_path / f"alone {run}", page=False).result
        for key in ("digest", "test_accuracy", "test_loss", "comparison", "figures", "chosen_epoch"):
            assert found[identity(dict(run.point))][key] == alone[key], (str(run), key)


@pytest.mark.parametrize(
    "axes",
    [
        {"lr": (0.001, 0.01)},
        {"weights": ("glorot-normal", "kaiming-normal")},
        {"batch_size": (60, 100)},
        {"protocol": ("validation", "paper")},
        {"model_arguments.width": (0.5, 1.0)},
        {"validation_fraction": (0.1, 0.2)},
        {"pixels": ("standardised", "unit")},
        {"precision": ("32", "bf16-mixed")},
        {"epochs": (1, 2)},
        {"optimizer": ("adam", "sgd")},
        {"exclude": ([], ["fc1"])},
    ],
)
def test_what_differs_is_not_shared(axes: dict[str, Any], tmp_path: Path) -> None:
    settings = {"model": "digits-mlp", "data": "digits", "epochs": 1, "method": "criterion", "density": 0.3}
    told = Trained()
    assert Conductor(folder(tmp_path), progress=told).run(criteria(settings=settings, axes=axes)).is_complete
    assert told.names == ["dense", "dense"]


def test_seeds_are_not_shared(tmp_path: Path) -> None:
    told = Trained()
    assert (
        Conductor(folder(tmp_path), progress=told).run(criteria(replicates=2), where={"retrain": "False"}).is_complete
    )
    assert told.names == ["dense", "dense"]


def test_thresholds_share_both_of_their_trainings(tmp_path: Path) -> None:
    settings = {"model": "digits-mlp", "data": "digits", "epochs": 2, "method": "threshold", "retrain_step": "1ep"}
    told = Trained()
    axes = {"thresholds": ([0.0, 0.05], [0.0, 0.1])}
    assert Conductor(folder(tmp_path), progress=told).run(criteria(settings=settings, axes=axes)).is_complete
    assert sorted(told.names) == ["baseline", "dense", "ticket", "ticket"]


def test_they_are_gone_when_the_study_is_complete_and_not_before(tmp_path: Path) -> None:
    place, other = folder(tmp_path), folder(tmp_path, "other")
    another = criteria(name="other", settings=SETTINGS | {"density": 0.4})
    Conductor(place).run(criteria(), where={"criterion": "random"})
    Conductor(other).run(another, where={"criterion": "random"})
    told = Trained()
    Conductor(place, progress=told).run(criteria())
    assert sorted(told.names) == ["ticket", "ticket"], "what the first call trained was still there"
    assert not place.trainings.path.exists()
    assert other.trainings.path.exists(), "a study does not remove another's"
    Conductor(other, keep=True).run(another)
    assert other.trainings.path.exists()


def test_processes_wait_for_one_that_trains(tmp_path: Path) -> None:
    place = folder(tmp_path)
    runs = criteria(settings=SETTINGS | {"epochs": 20, "precision": "32"})
    assert Conductor(place, Processes(2), keep=True).run(runs, where={"retrain": "False"}).is_complete
    work = place.work / "sweep" / "full"
    assert len(list(work.glob("*/checkpoint/dense/state.safetensors"))) == 3
    assert len(list(work.glob(f"*/checkpoint/dense/{TAKEN}"))) == 2


def test_a_run_that_took_a_training_does_not_count_its_time(tmp_path: Path) -> None:
    """Not even where it was stopped after it took it, and begun again."""
    place = folder(tmp_path)
    first, second, *_ = criteria().runs()
    assert one_run.do(first, place, {}).state == "done"
    (kept,) = place.trainings.path.glob("*/state.safetensors")
    network = make("digits-mlp")
    optimizer = torch.optim.Adam(network.parameters())
    position = load_checkpoint(kept, network, optimizer)
    position.train_seconds = 1e6
    save_checkpoint(kept, network, optimizer, position, finished=True)
    work = place.run(plan_run(second, {}).id)
    for stopped in (False, True):
        if stopped:
            place.record(plan_run(second, {}).id, second).unlink()
            (work / "result.json").unlink()
        record = one_run.do(second, place, {}, keep=True).record
        assert record is not None
        assert record.seconds < 1e5
        assert json.loads((work / "result.json").read_text())["train_seconds"] >= 1e6


def test_time_that_is_spent_ends_the_waiting(tmp_path: Path) -> None:
    place = folder(tmp_path)
    first, second, *_ = criteria().runs()
    one_run.do(first, place, {})
    (kept,) = place.trainings.path.glob("*/")
    with place.trainings.held(kept.name, pytest.fail):
        assert one_run.do(second, place, {}, until=time.time() + 1.0).state == "stopped"
    assert one_run.do(second, place, {}).state == "done"


def test_what_is_damaged_is_trained_again(tmp_path: Path) -> None:
    place, told = folder(tmp_path), Trained()
    Conductor(place).run(criteria(), where={"criterion": "random", "retrain": "False"})
    (path,) = place.trainings.path.glob("*/state.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    Conductor(place, progress=told).run(criteria(), where={"criterion": "small-final", "retrain": "False"})
    assert told.names == ["dense"]
    check_file(path)


def test_a_store_that_is_cleared_or_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    store, source = TrainingStore(tmp_path / "store"), tmp_path / "run"
    save_network(source / "state.safetensors", torch.nn.Linear(2, 2))
    with store.held("a", lambda: None):
        store.clear()
        assert not store.take("a", tmp_path / "other")
        store.path.write_bytes(b"")  # a file where the folder would be
        store.keep("a", source)
    assert not (tmp_path / "other").exists()
    store.path.unlink()
    store.clear()


def test_a_run_that_cannot_be_written_does_not_cost_the_stored_training(tmp_path: Path) -> None:
    store, source = TrainingStore(tmp_path / "store"), tmp_path / "run"
    save_network(source / "state.safetensors", torch.nn.Linear(2, 2))
    store.keep("a", source)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunFolderError, match="cannot write"):
        store.take("a", tmp_path / "file" / "dense")
    assert store.take("a", tmp_path / "other")


def test_one_process_at_a_time(tmp_path: Path) -> None:
    store, looked = TrainingStore(tmp_path / "store"), []

    def give_up() -> None:
        looked.append(1)
        if len(looked) == 2:
            raise TimeoutError

    with store.held("a", give_up):
        with store.held("b", give_up):
            assert not looked
        with pytest.raises(TimeoutError), store.held("a", give_up):
            pytest.fail("held twice")
    with store.held("a", give_up):
        assert len(looked) == 2


def test_half_of_a_training_is_none(tmp_path: Path) -> None:
    store, source, target = TrainingStore(tmp_path / "store"), tmp_path / "run", tmp_path / "other"
    save_network(source / "best.safetensors", torch.nn.Linear(2, 2))
    store.keep("a", source)
    assert not store.take("a", target)
    save_network(source / "state.safetensors", torch.nn.Linear(2, 2))
    store.keep("a", source)
    assert store.take("a", target)
    there = {path.name: path.read_bytes() for path in target.iterdir()}
    assert there == {path.name: path.read_bytes() for path in source.iterdir()} | {TAKEN: b""}
    save_network(source / "state.safetensors", torch.nn.Linear(2, 2))
    store.keep("a", source)
    assert not store.take("a", target), "what is there is left"
    assert {path.name: path.read_bytes() for path in target.iterdir()} == there
    assert not store.take("b", tmp_path / "third")
