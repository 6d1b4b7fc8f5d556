"""What is measured of finished runs, against the runs' own files."""

import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest

import tombola as tb
from tombola.errors import DivergedError, UsageError
from tombola.studies import StudyFolder, estimate, one_run, planned
from tombola.studies.measures import measure_named
from tombola.studies.planned import Places, PlannedRun, plan_run
from tombola.studies.study import Study
from tombola.studies.study_run import StudyRun
from tombola.studies.workload import total, workload_of
from tombola.training import RunFolder
from tombola.training.checkpoint import STATE, load_network_of_checkpoint
from tombola.verification import Verification

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


@pytest.mark.parametrize("rewind", ["0it", "1ep"])
def test_movement_is_from_the_initial_weights_whatever_is_rewound_to(rewind: str, tmp_path: Path) -> None:
    settings = SETTINGS | {
        "method": "imp",
        "levels": 1,
        "epochs": 2,
        "rewind_step": rewind,
        "weights": "kaiming-normal",
    }
    record, folder = recorded(tmp_path, settings, "movement")
    final = tb.models.make("digits-mlp")
    load_network_of_checkpoint(folder.checkpoint("level-00") / STATE, final)
    assert record.measured.movement is not None
    assert [row.layer for row in record.measured.movement.rows] == ["fc1.weight", "fc2.weight", "fc3.weight"]
    kept = tb.load(folder.level(1) / "ticket").mask
    for row in record.measured.movement.rows:
        weight = final.get_parameter(row.layer).detach()
        moved = (weight - tb.KaimingNormal(seed=0).tensor(row.layer, tuple(weight.shape))).abs()
        assert row.kept == pytest.approx(float(moved[kept[row.layer]].mean()), rel=1e-6)
        assert row.removed == pytest.approx(float(moved[~kept[row.layer]].mean()), rel=1e-6)


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
    assert total(workload_of(plan_run(run, {})) for run in study.runs()) == expected


def test_trainings_of_measures_count_too() -> None:
    """The dense network once; of each level the ticket, and two controls."""
    controls: dict[str, Any] = {
        "name": "controls",
        "names": ["dense", "random-mask", "fresh-weights"],
        "levels": [1, 2],
    }
    study = Study(
        name="one", settings=SETTINGS | {"method": "imp", "levels": 2}, measures=(controls, {"name": "movement"})
    )
    without = Study(name="one", settings=study.settings)
    workloads = [total(workload_of(plan_run(run, {})) for run in each.runs()) for each in (study, without)]
    assert workloads[0] - workloads[1] == 1 + 2 * 3


def test_the_spec_of_a_measure_makes_the_same_one() -> None:
    for spec in ({"name": "trainings"}, {"name": "movement"}, {"name": "controls", "names": [], "levels": [1]}):
        assert measure_named(spec).to_spec() == spec


@pytest.mark.parametrize(
    ("measures", "sentence"),
    [
        ([{"names": []}], "a measure without a name: expected one of controls, movement, trainings"),
        ([{"name": "controls", "names": "random-mask"}], "names='random-mask': expected a list of controls"),
        ([{"name": "controls", "names": [[1]]}], "expected a list of controls"),
        ([{"name": "controls", "levels": 3}], "levels=3: expected a list of whole numbers"),
        ([{"name": "controls", "levels": [1.5]}], "expected a list of whole numbers"),
        ([{"name": "controls", "levels": [True]}], "expected a list of whole numbers"),
        ([{"name": "trainings"}, {"name": "trainings"}], "measure trainings stands twice"),
    ],
)
def test_a_wrong_measure_is_refused(measures: list[dict[str, Any]], sentence: str) -> None:
    run = StudyRun(arm="runs", point={}, seed=0, settings=SETTINGS | {"seed": 0}, measures=tuple(measures))
    with pytest.raises(UsageError) as caught:
        plan_run(run, {})
    assert sentence in str(caught.value)


def test_a_control_that_diverges_leaves_the_run_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def diverging(*_: object) -> None:
        raise DivergedError("the loss is nan")

    monkeypatch.setattr(Verification, "trials", diverging)
    record, _ = recorded(tmp_path, SETTINGS | {"epochs": 1}, "controls")
    assert (record.outcome, record.result is None) == ("finished", False)
    assert record.measured.controls.trials == ()
    assert record.measured.controls.not_applicable == {"all": "the loss is nan"}


def test_an_estimate_holds_no_data_but_that_of_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each plan has a split of its own, and of hundreds of runs they would fill the memory."""
    plans: list[weakref.ref[object]] = []
    living: list[int] = []

    def counted(run: StudyRun, places: Places) -> PlannedRun:
        gc.collect()
        living.append(sum(each() is not None for each in plans))
        found = plan_run(run, places)
        plans.append(weakref.ref(found.plan.job.data))
        return found

    for module in (planned, estimate):  # which plans all runs, and which plans some again to try them
        monkeypatch.setattr(module, "plan_run", counted)
    monkeypatch.setattr(estimate, "PROBE_SECONDS", 0.0)
    study = Study(name="one", settings=SETTINGS | {"epochs": 1}, replicates=8)
    estimate.estimate(study.runs(), StudyFolder(tmp_path / "r", tmp_path / "w", "one", "full"), {})
    assert len(plans) >= 8
    assert max(living) <= 1


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
