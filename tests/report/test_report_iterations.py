"""Runs whose rows come every few iterations, and runs whose figures are those of a trained ticket."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.made_records import level_rows
from tests.report.test_report_page import Page

from tombola.errors import RunFolderError
from tombola.records.columns import columns
from tombola.report import RunRecord, render_report
from tombola.report.descriptions import curve_words
from tombola.report.drawings import LIGHT, draw_curve
from tombola.report.figures import CurvePoint, comparison, curves, headline, learning_words, thinned

Files = dict[str, Any]
Read = Callable[[Files], RunRecord]
PER_EPOCH = 80


def rows_every(steps: int, count: int) -> list[dict[str, Any]]:
    """Rows of a training whose held-out loss is lowest at its third row."""
    return [
        {"epoch": step / PER_EPOCH if step % PER_EPOCH else step // PER_EPOCH, "step": step, "train_loss": 1 / number}
        | {"train_accuracy": 0.5, "validation_loss": 1 + abs(number - 3), "validation_accuracy": 0.5}
        for number, step in enumerate(range(steps, steps * count + 1, steps), 1)
    ]


@pytest.fixture
def stopped(files: Files) -> Files:
    """A trained ticket, chosen at iteration 150 of 2000, which is no whole epoch."""
    files["metrics.jsonl"] = rows_every(50, 40)
    files["result.json"] |= {"trained": True, "chosen_epoch": 150 / PER_EPOCH}
    return files


def test_fractions_are_read_and_whole_epochs_stay_whole(stopped: Files, read: Read) -> None:
    record = read(stopped)
    assert [row.epoch for row in record.epochs[:8]] == [0.625, 1.25, 1.875, 2.5, 3.125, 3.75, 4.375, 5]
    assert record.result.chosen_epoch == 1.875


@pytest.mark.parametrize("epoch", [-0.5, float("nan"), float("inf"), "1", True, 10**400])
def test_an_epoch_that_is_none_is_refused(epoch: Any, stopped: Files, write: Callable[[Files], Path]) -> None:
    stopped["result.json"]["chosen_epoch"] = epoch
    with pytest.raises(RunFolderError, match="chosen_epoch"):
        RunRecord.read(write(stopped))


def test_epochs_within_an_epoch_must_increase_too(stopped: Files, write: Callable[[Files], Path]) -> None:
    stopped["metrics.jsonl"][1]["epoch"] = 0.625
    with pytest.raises(RunFolderError, match="increasing order"):
        RunRecord.read(write(stopped))


def test_a_chosen_epoch_after_the_last_is_said_shortly(stopped: Files, write: Callable[[Files], Path]) -> None:
    stopped["result.json"]["chosen_epoch"] = 25.12345678
    with pytest.raises(RunFolderError, match=r"epoch 25\.1235 was chosen, but metrics\.jsonl ends at epoch 25$"):
        RunRecord.read(write(stopped))


def test_points_within_epochs_have_their_iteration(stopped: Files, read: Read) -> None:
    loss = curves(read(stopped))[0]
    assert loss.points[2] == CurvePoint(1.875, "train", 1 / 3, 150)
    assert (loss.chosen_epoch, loss.early_stop) == (1.875, True)


def test_the_early_stop_is_that_of_a_training(stopped: Files, read: Read) -> None:
    stopped["result.json"]["trained"] = False
    assert not curves(read(stopped))[0].early_stop
    stopped["result.json"] |= {"trained": True, "chosen_epoch": 25}
    assert not curves(read(stopped))[0].early_stop


def test_the_words_of_an_early_stop(stopped: Files, read: Read) -> None:
    record = read(stopped)
    assert headline(record).facts[0].note == "early stop at epoch 1.9 of 25, lowest validation loss"
    assert curve_words(curves(record)[0]).endswith("; early stop at epoch 1.9.")
    assert learning_words(record) == (
        "The training of the ticket. Every 50 iterations, on the data it learns from and on data held out. "
        "The dashed line is the early stop, where the loss on held-out data is lowest."
    )
    stopped["result.json"] |= {"levels": level_rows()}
    assert learning_words(read(stopped)).startswith("The training of the ticket of level 2. Every 50 iterations")


def test_the_words_of_a_mask_chosen_within_an_epoch(stopped: Files, read: Read) -> None:
    stopped["result.json"]["trained"] = False
    record = read(stopped)
    assert headline(record).facts[0].note == "epoch 1.9 of 25, chosen on validation data"
    assert learning_words(record) == "Every 50 iterations, on the data it learns from and on data held out."
    stopped["result.json"]["protocol"] = "paper"
    assert headline(read(stopped)).facts[0].note.endswith("test data read as it learned, as in the paper")


def test_a_ticket_that_was_not_trained_has_no_epoch(files: Files, read: Read) -> None:
    files["result.json"]["chosen_epoch"] = 0
    record = read(files)
    assert headline(record).facts[0].note == "not trained itself"
    assert {curve.chosen_epoch for curve in curves(record)} == {None}


def test_a_trained_tickets_figures_are_not_said_to_be_untrained(stopped: Files, read: Read) -> None:
    kept = "edge-popup kept 9 of 18 prunable weights (density 0.5, sparsity 0.5). "
    figures = "; its figures are after training."
    assert headline(read(stopped)).sentence == f"{kept}The ticket holds their initial values{figures}"
    stopped["result.json"]["audit"]["equal"] = False
    assert headline(read(stopped)).sentence == f"{kept}The ticket holds other values than the initial ones{figures}"
    del stopped["result.json"]["audit"]
    assert headline(read(stopped)).sentence == f"{kept}The ticket’s figures are after training."


def test_a_trained_ticket_is_held_up_to_trained_networks_alone(stopped: Files, read: Read) -> None:
    stopped["result.json"]["comparison"][0]["weights"] = "trained"
    record = read(stopped)
    assert comparison(record).best_trained is not None
    assert comparison(record).found.is_ticket
    assert [(fact.value, fact.label) for fact in headline(record).facts] == [
        ("75.00%", "test accuracy after training"),
        ("−12.50", "against the trained network"),
        ("0.5", "density"),
        ("25.0%", "of the dense network’s bytes (fp32)"),
    ]


def test_the_audit_of_a_trained_ticket(stopped: Files, read: Read) -> None:
    assert "equal: the ticket’s weights are the initial ones" in Page(render_report(read(stopped))).words
    stopped["result.json"]["audit"]["equal"] = False
    assert "different: the ticket’s weights are not the initial ones" in Page(render_report(read(stopped))).words


def test_many_rows_make_a_small_chart(files: Files, read: Read) -> None:
    files["metrics.jsonl"] = rows_every(10, 4000)
    files["result.json"]["chosen_epoch"] = 30 / PER_EPOCH
    loss = curves(read(files))[0]
    assert len(loss.points) == 8000
    spec = draw_curve(loss, LIGHT).to_dict()
    assert len(json.dumps(spec)) < 80_000
    drawn = next(rows for rows in spec["datasets"].values() if len(rows) > 1)
    assert len(drawn) <= 2 * 320 + 2
    assert {"epoch": 0.375, "data": "validation", "value": 1.0, "step": 30} in drawn


lines = st.lists(st.integers(-50, 50), min_size=1, max_size=300).map(
    lambda values: [CurvePoint(epoch, "train", float(value)) for epoch, value in enumerate(values)]
)


@given(lines, st.integers(4, 40), st.integers(0, 299))
def test_thinning_keeps_order_ends_extremes_and_the_marked_point(
    line: list[CurvePoint], most: int, marked: int
) -> None:
    found = thinned(line, most, keep=marked)
    assert list(found) == sorted(found, key=lambda point: point.epoch)
    assert set(found) <= set(line)
    assert (found[0], found[-1]) == (line[0], line[-1])
    assert len(found) <= most + 1
    assert {point.epoch for point in found} >= {marked} & {point.epoch for point in line}
    for extreme in (min, max):
        assert extreme(point.value for point in found) == extreme(point.value for point in line)


def test_a_record_keeps_the_row_of_the_lowest_held_out_loss() -> None:
    rows = [{"step": step, "validation_loss": abs(step - 377.0)} for step in range(1000)]
    found = columns(rows, most=50)
    assert len(found["step"]) == 51
    assert 377 in found["step"]
    assert found["step"][-1] == 999
    assert columns(rows[:50], most=50)["step"] == list(range(50))


def test_rows_of_which_but_some_are_kept_say_how_often_and_where_all_the_same(stopped: Files, read: Read) -> None:
    stopped["spec.json"]["spec"]["training"] = {"evaluate_every": "10it"}
    assert learning_words(read(stopped)).startswith("The training of the ticket. Every 10 iterations, ")
    stopped["result.json"] |= {"levels": level_rows()}
    stopped["result.json"]["chosen_epoch"] = stopped["result.json"]["levels"][-1]["early_stop_epoch"]
    stopped["metrics.jsonl"] = [row for row in stopped["metrics.jsonl"] if row["epoch"] != 1.875]
    assert "early stop" in learning_words(read(stopped))
