"""Iterative magnitude pruning against a plain loop, level by level and bit by bit; and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.search.plain_pruning import (
    ADAM,
    PER_EPOCH,
    STEPS,
    WEIGHTS,
    PlainLevel,
    State,
    check_level,
    figures,
    initial,
    layerwise,
    network,
    plain,
    planned,
    run,
    same,
    smallest_removed_of_all,
    values,
)
from torch import Tensor

import tombola as tb
from tombola.errors import UsageError
from tombola.search import IterativeMagnitude, Job, method_named
from tombola.training import epoch as stretches


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.mark.parametrize(
    ("rewind", "changed"),
    [
        ("0it", {}),
        ("3it", {}),
        ("1ep", {"warmup_epochs": 1, "weights": tb.GlorotNormal(seed=4, scaled=True)}),
        ("8it", {"weights": "own", "clip_norm": 0.5}),
        ("0it", ADAM | {"weights": "own", "schedule": "constant"}),
        ("7it", ADAM | {"optimizer": "adamw"}),
    ],
    ids=["start", "mid-epoch", "warm-up", "clipped", "adam", "adamw"],
)
@pytest.mark.parametrize("retraining", ["weight-rewinding", "lr-rewinding", "fine-tuning"])
def test_it_is_the_plain_loop_to_the_bit(tmp_path: Path, rewind: str, changed: dict[str, Any], retraining: Any) -> None:
    method = IterativeMagnitude(levels=2, prune_fraction=0.3, rewind_step=rewind, retraining=retraining)
    job = planned(method, **changed).job
    done = run(method, tmp_path / "run", **changed)
    step = PER_EPOCH if rewind == "1ep" else int(rewind[:-2])
    reference = plain(job, initial(job), step, retraining, layerwise(0.3), 2)
    for level, expected in enumerate(reference):
        check_level(tmp_path / "run", level, expected)
    assert done.ticket.digest == tb.load(tmp_path / "run" / "ticket").digest
    assert all(torch.equal(done.ticket.mask[name], kept) for name, kept in reference[2].mask.items())
    check_figures(tmp_path / "run", job, reference)


def check_figures(folder: Path, job: Job, reference: list[PlainLevel]) -> None:
    """The record of each level, from the networks of the plain loop."""
    result = json.loads((folder / "result.json").read_text())
    lines = [json.loads(line) for line in (folder / "levels" / "levels.jsonl").read_text().splitlines()]
    assert result["levels"] == lines
    assert [row["level"] for row in lines] == list(range(len(reference)))
    assert job.data.validation is not None
    assert job.data.test is not None
    for row, expected in zip(lines, reference, strict=True):
        text = (folder / "levels" / f"{row['level']:02}" / "metrics.jsonl").read_text()
        metrics = [json.loads(line) for line in text.splitlines()]
        assert [one["step"] for one in metrics] == [step for step in (3, 6, 9, 10) if step > expected.start]
        for one in metrics:
            loss, accuracy = figures(job, job.data.validation, expected.after[one["step"]])
            assert one["validation_loss"] == pytest.approx(loss, rel=1e-5)
            assert one["validation_accuracy"] == accuracy
        lowest = min(one["validation_loss"] for one in metrics)
        stop = next(one for one in metrics if one["validation_loss"] == lowest)
        kept = sum(int(bits.sum()) for bits in expected.mask.values())
        at_stop = figures(job, job.data.test, expected.after[stop["step"]])
        at_end = figures(job, job.data.test, expected.end)
        assert {key: value for key, value in row.items() if key != "seconds"} == {
            "level": row["level"],
            "density": kept / 192,
            "kept": kept,
            "prunable": 192,
            "start_step": reference[-1].start,
            "end_step": STEPS,
            "early_stop_step": stop["step"],
            "early_stop_epoch": stop["epoch"],
            "early_stop_split": "validation",
            "early_stop_loss": stop["validation_loss"],
            "early_stop_accuracy": stop["validation_accuracy"],
            "test_accuracy": at_stop[1],
            "test_loss": pytest.approx(at_stop[0], rel=1e-5),
            "final_test_accuracy": at_end[1],
            "final_test_loss": pytest.approx(at_end[0], rel=1e-5),
            "ticket": f"levels/{row['level']:02}/ticket",
        }
    last = lines[-1]
    trained = values(tb.load(folder / "trained").build(network()))
    assert same(trained, reference[-1].after[last["early_stop_step"]]), "the file holds the early-stop network"
    dense = next(row for row in result["comparison"] if row["name"] == "trained dense")
    assert dense["test_accuracy"] == lines[0]["test_accuracy"]
    for key in ("test_accuracy", "test_loss"):
        assert result[key] == pytest.approx(last[key], rel=1e-6)
    assert (folder / "metrics.jsonl").read_text() == (folder / last["ticket"]).with_name("metrics.jsonl").read_text()


def test_the_lowest_loss_is_on_the_way_and_the_end_is_what_is_pruned(tmp_path: Path) -> None:
    changed: dict[str, Any] = {"lr": 0.5, "schedule": "constant", "evaluate_every": "1it"}
    method = IterativeMagnitude(levels=1, prune_fraction=0.5)
    done = run(method, tmp_path / "run", **changed)
    job = planned(method, **changed).job
    reference = plain(job, initial(job), 0, "weight-rewinding", layerwise(0.5), 1)
    check_level(tmp_path / "run", 1, reference[1])
    stops = [row["early_stop_step"] for row in done.result["levels"]]
    assert max(stops) < STEPS, "or this test shows nothing"
    for row, expected in zip(done.result["levels"], reference, strict=True):
        assert job.data.test is not None
        assert row["test_accuracy"] == figures(job, job.data.test, expected.after[row["early_stop_step"]])[1]
        assert row["final_test_accuracy"] == figures(job, job.data.test, expected.end)[1]
    earlier = layerwise(0.5)(1, reference[0].after[stops[0]], reference[0].mask)
    assert any(not torch.equal(earlier[name], reference[1].mask[name]) for name in WEIGHTS)
    assert same(values(tb.load(tmp_path / "run" / "trained").build(network())), reference[1].after[stops[1]])


def test_by_the_papers_protocol_the_end_is_what_counts(tmp_path: Path) -> None:
    changed: dict[str, Any] = {"protocol": "paper", "lr": 0.5, "schedule": "constant"}
    method = IterativeMagnitude(levels=1, prune_fraction=0.5, rewind_step="4it")
    done = run(method, tmp_path / "run", **changed)
    job = planned(method, **changed).job
    reference = plain(job, initial(job), 4, "weight-rewinding", layerwise(0.5), 1)
    check_level(tmp_path / "run", 1, reference[1])
    assert same(values(tb.load(tmp_path / "run" / "trained").build(network())), reference[1].end)
    for row, expected in zip(done.result["levels"], reference, strict=True):
        assert job.data.test is not None
        assert row["test_accuracy"] == row["final_test_accuracy"] == figures(job, job.data.test, expected.end)[1]
        assert row["early_stop_split"] == "test"


@pytest.mark.parametrize("retraining", ["weight-rewinding", "lr-rewinding"])
def test_a_global_choice_with_a_layer_left_whole(tmp_path: Path, retraining: Any) -> None:
    method = IterativeMagnitude(
        density=0.4, prune_fraction=0.3, scope="global", layer_prune_fraction={"5": 0}, retraining=retraining
    )
    job = planned(method).job
    ranked, kept = 72 + 96, {1: 118, 2: 82, 3: 58, 4: round(0.4 * 192) - 24}  # 0.7, 0.49 and 0.343 of 168

    def prune(level: int, end: State, mask: dict[str, Tensor]) -> dict[str, Tensor]:
        open_layers = {name: bits for name, bits in mask.items() if name != "5.weight"}
        return smallest_removed_of_all(end, open_layers, kept[level]) | {"5.weight": mask["5.weight"]}

    done = run(method, tmp_path / "run")
    for level, expected in enumerate(plain(job, initial(job), 0, retraining, prune, 4)):
        check_level(tmp_path / "run", level, expected)
    assert [row["kept"] - 24 for row in done.result["levels"]] == [ranked, *kept.values()]
    assert done.ticket.mask.kept() == round(0.4 * 192)
    assert done.ticket.mask.kept("5.weight") == 24
    shares = {done.ticket.mask.densities[name] for name in ("0.weight", "3.weight")}
    assert len(shares) == 2, "layers lose what the ranking takes"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"levels": 0}, "levels=0: expected a whole number, 1 to 1000"),
        ({"levels": -1}, "levels=-1: expected"),
        ({"levels": 1001}, "levels=1001: expected"),
        ({"levels": 2.0}, r"levels=2\.0: expected a whole number"),
        ({"levels": True}, "levels=True: expected a whole number"),
        ({"prune_fraction": 1}, "prune_fraction=1: expected a number above 0 and below 1"),
        ({"prune_fraction": 0}, "prune_fraction=0: expected"),
        ({"prune_fraction": -0.2}, r"prune_fraction=-0\.2: expected"),
        ({"prune_fraction": float("nan")}, "prune_fraction=nan: expected"),
        ({"prune_fraction": "0.2"}, r"prune_fraction=0\.2: expected a number"),
        (
            {"layer_prune_fraction": 5},
            "layer_prune_fraction=5: expected patterns of layers and their fractions, such as",
        ),
        ({"layer_prune_fraction": "fc3"}, "layer_prune_fraction='fc3': expected patterns"),
        ({"layer_prune_fraction": [0.1]}, r"layer_prune_fraction=\[0\.1\]: expected patterns"),
        ({"layer_prune_fraction": True}, "layer_prune_fraction=True: expected patterns"),
        ({"layer_prune_fraction": {3: 0.1}}, r"layer_prune_fraction=\{3: 0\.1\}: expected patterns"),
        ({"layer_prune_fraction": {"fc": 1}}, "layer_prune_fraction of 'fc'=1: expected 0 <= fraction < 1"),
        ({"layer_prune_fraction": {"fc": -0.1}}, r"layer_prune_fraction of 'fc'=-0\.1: expected"),
        ({"layer_prune_fraction": {"fc": None}}, "layer_prune_fraction of 'fc'=None: expected"),
        ({"density": 0}, "density=0: expected 0 < density <= 1"),
        ({"density": 20}, r"density=20: expected 0 < density <= 1; did you mean 0\.2"),
        ({"density": 0.2, "levels": 3, "prune_fraction": 0.2}, "density and levels together fix what a level removes"),
        ({"density": 0.2, "levels": 3, "layer_prune_fraction": {"a": 0.1}}, "density and levels together fix"),
        ({"scope": "globe"}, "unknown scope 'globe': did you mean 'global'"),
        ({"scope": "global", "layer_prune_fraction": {"fc": 0.1}}, "scope=global ranks all layers together"),
        ({"retraining": "x"}, "unknown retraining 'x'.*Known: fine-tuning, lr-rewinding, weight-rewinding"),
        ({"retraining": "rewinding"}, "unknown retraining 'rewinding'"),
        ({"rewind_step": "2 epochs"}, "step '2 epochs': expected epochs as 2ep, or iterations as 500it"),
        ({"rewind_step": "-1it"}, "step '-1it': expected"),
        ({"rewind_step": 500}, "step 500: expected"),
    ],
    ids=str,
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        IterativeMagnitude(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rewind_step": "10it"}, "rewind_step=10it is iteration 10: expected one before the end of training, 10"),
        ({"rewind_step": "2ep"}, "rewind_step=2ep is iteration 10: expected one before the end"),
        ({"rewind_step": "999it"}, "rewind_step=999it is iteration 999: expected one before the end"),
        ({"layer_prune_fraction": {"fc": 0.1}}, "pattern 'fc' matches no prunable weight; they are 0.weight, 3.weight"),
        ({"density": 0.1, "layer_prune_fraction": {"3": 0.0}}, r"density=0\.1 cannot be reached"),
        ({"levels": 20}, r"level 18 would leave none of the 24 weights of 5\.weight .*: expected fewer levels"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(stretches, "train_step", lambda *_: pytest.fail("a step was trained"))
    with pytest.raises(UsageError, match=said):
        run(IterativeMagnitude(**settings), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_last_iteration_is_a_moment_to_return_to(tmp_path: Path) -> None:
    run(IterativeMagnitude(levels=1, rewind_step="9it"), tmp_path / "run")
    rows = (tmp_path / "run" / "levels" / "01" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(row)["step"] for row in rows] == [10]


def test_by_name_with_the_settings_of_the_paper() -> None:
    assert method_named("imp", levels=3) == IterativeMagnitude(levels=3)
    assert IterativeMagnitude().to_spec() == {
        "name": "imp",
        "density": None,
        "levels": None,
        "prune_fraction": None,
        "layer_prune_fraction": {},
        "scope": "layerwise",
        "rewind_step": "0it",
        "retraining": "weight-rewinding",
    }
    settings = IterativeMagnitude.defaults
    assert (settings.optimizer, settings.lr, settings.batch_size) == ("adam", 1.2e-3, 60)
    assert (settings.weight_decay, settings.schedule, settings.evaluate_every) == (0.0, "constant", "100it")
    assert IterativeMagnitude.weights == "glorot-normal"
