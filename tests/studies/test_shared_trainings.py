"""Runs of a study that begin with the same training do it once, and come out as they would alone."""

from pathlib import Path
from typing import Any

import pytest
from tests.studies.test_conduct import folder, records, study

from tombola.api import execute
from tombola.studies import Conductor, Study
from tombola.studies.planned import plan_run
from tombola.training import Progress
from tombola.training.identity import identity
from tombola.training.store import TrainingStore


class Trained(Progress):
    """Counts the trainings of which something was left to do."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def begin(self, name: str, steps: int, done: int) -> None:
        self.names += [name] if done < steps else []


def criteria(**changed: Any) -> Study:
    given: dict[str, Any] = {
        "settings": {"model": "digits-mlp", "data": "digits", "epochs": 2, "method": "criterion", "density": 0.3},
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


def test_they_are_gone_when_the_study_is_complete(tmp_path: Path) -> None:
    place = folder(tmp_path)
    Conductor(place).run(criteria(), where={"criterion": "random"})
    assert not place.trainings.path.exists()
    Conductor(place, keep=True).run(criteria())
    assert len(list(place.trainings.path.iterdir())) == 1


def test_half_of_a_training_is_none(tmp_path: Path) -> None:
    store, source, target = TrainingStore(tmp_path / "store"), tmp_path / "run", tmp_path / "other"
    source.mkdir()
    (source / "best.safetensors").write_bytes(b"best")
    store.keep("a", source)
    assert not store.take("a", target)
    (source / "state.safetensors").write_bytes(b"state")
    store.keep("a", source)
    assert store.take("a", target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "best.safetensors": b"best",
        "state.safetensors": b"state",
    }
    (source / "state.safetensors").write_bytes(b"later")
    store.keep("a", source)
    assert not store.take("a", target), "what is there is left"
    assert (target / "state.safetensors").read_bytes() == b"state"
    assert not store.take("b", tmp_path / "third")
