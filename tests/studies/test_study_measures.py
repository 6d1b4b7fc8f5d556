"""What is measured of finished runs, against the runs' own files."""

import json
from pathlib import Path
from typing import Any

import pytest

from tombola.studies import StudyFolder, estimate, one_run
from tombola.studies.measures import measure_named
from tombola.studies.planned import plan_run
from tombola.studies.study import Study, StudyRun
from tombola.studies.trainings import trainings
from tombola.training import RunFolder

SETTINGS: dict[str, Any] = {"model": "digits-mlp", "data": "digits", "precision": "32"}
THRESHOLD = SETTINGS | {"method": "threshold", "epochs": 3, "retrain_step": "20it", "evaluate_every": "10it"}


def recorded(tmp_path: Path, settings: dict[str, Any], measure: str) -> tuple[Any, RunFolder]:
    """The record of one run, and the run's folder as it was left."""
    place = StudyFolder(tmp_path / "results", tmp_path / "work", "one", "full")
    run = StudyRun(arm="runs", point={}, seed=0, settings=settings | {"seed": 0}, measures=({"name": measure},))
    record = one_run.do(run, place, {}, keep=True).record
    assert record is not None
    return record, RunFolder(place.run(record.id))


def test_the_curves_of_every_training_are_kept(tmp_path: Path) -> None:
    record, folder = recorded(tmp_path, THRESHOLD, "trainings")
    found = record.measured.trainings
    assert set(found) == {"dense", "baseline", "ticket"}
    rows = [json.loads(line) for line in folder.metrics.read_text().splitlines()]
    assert found["ticket"] == {
        name: tuple(row[name] for row in rows) for name in ("step", "validation_loss", "validation_accuracy")
    }
    early, last = record.result.figures["early_stop"], record.result.figures["dense_end"]
    assert found["dense"]["step"][-1] == last["step"]
    assert min(found["dense"]["validation_loss"]) == early["validation_loss"]
    assert found["baseline"]["step"][-1] == early["step"]


@pytest.mark.parametrize(
    ("settings", "axes", "expected"),
    [
        ({}, {"density": (0.1, 0.5)}, 6),
        ({"method": "imp", "levels": 4}, {"lr": (0.1, 0.5)}, 30),
        ({"method": "criterion"}, {"criterion": ("large-final", "random")}, 3),
        ({"method": "criterion", "retrain": True}, {"criterion": ("large-final", "random")}, 9),
        ({"method": "criterion"}, {"lr": (0.1, 0.5)}, 6),
        ({"method": "threshold", "retrain_step": "1ep"}, {"thresholds": ([0.0], [0.1])}, 9),
    ],
)
def test_trainings_that_are_shared_count_once(settings: dict[str, Any], axes: dict[str, Any], expected: int) -> None:
    study = Study(name="one", settings=SETTINGS | settings, axes=axes, replicates=3)
    assert trainings(plan_run(run, {}) for run in study.runs()) == expected


def test_the_spec_of_a_measure_makes_the_same_one() -> None:
    for spec in ({"name": "trainings"}, {"name": "movement"}, {"name": "controls", "names": [], "levels": [1]}):
        assert measure_named(spec).to_spec() == spec


@pytest.mark.parametrize("seconds", [0.0, 100.0])
def test_an_estimate_is_of_the_whole_run(seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look of no length sees one step at least; one longer than the run sees all of it."""
    monkeypatch.setattr(estimate, "PROBE_SECONDS", seconds)
    study = Study(name="one", settings=SETTINGS | {"epochs": 2}, replicates=3)
    found = estimate.estimate(study.runs(), StudyFolder(tmp_path / "r", tmp_path / "w", "one", "full"), {})
    (rest,) = found.arms
    assert (rest.runs, rest.finished, rest.is_measured) == (3, 0, False)
    assert 0 < rest.seconds < 60
    assert found.seconds(jobs=1) == pytest.approx(3 * rest.seconds) == pytest.approx(3 * found.seconds(jobs=3))
