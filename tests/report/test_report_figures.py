"""Figure data, against the small run's own numbers."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.report import RunRecord
from tombola.report.figures import (
    CurvePoint,
    HistogramBin,
    comparison,
    curves,
    headline,
    histograms,
    layer_bars,
    learning_words,
    settings,
    size_bars,
)

Files = dict[str, Any]
Read = Callable[[Files], RunRecord]


def test_curves_are_the_recorded_values(record: RunRecord) -> None:
    loss, accuracy = curves(record)
    assert (loss.quantity, accuracy.quantity) == ("loss", "accuracy")
    assert loss.points == (
        CurvePoint(1, "train", 2.0),
        CurvePoint(2, "train", 1.0),
        CurvePoint(1, "validation", 1.5),
        CurvePoint(2, "validation", 1.25),
    )
    assert (loss.held_out, loss.chosen_epoch) == ("validation", 2)
    assert accuracy.at(2, "validation") == 0.625
    assert accuracy.at(9, "validation") is None


def test_under_the_papers_protocol_the_held_out_data_is_the_test_set(files: Files, read: Read) -> None:
    for row in files["metrics.jsonl"]:
        row["test_loss"] = row.pop("validation_loss")
        row["test_accuracy"] = row.pop("validation_accuracy")
    assert {curve.held_out for curve in curves(read(files))} == {"test"}


def test_a_gap_stays_a_gap(files: Files, read: Read) -> None:
    files["metrics.jsonl"][0]["train_loss"] = None
    loss = curves(read(files))[0]
    assert [point.epoch for point in loss.points if point.data == "train"] == [2]


def test_a_metric_that_is_the_loss_is_drawn_once(files: Files, read: Read) -> None:
    files["result.json"]["metric"] = "loss"
    assert [curve.quantity for curve in curves(read(files))] == ["loss"]


def test_nothing_trained_has_no_curves(files: Files, read: Read) -> None:
    files["metrics.jsonl"] = []
    assert curves(read(files)) == ()


def test_comparison_of_a_share_fills_the_bar_at_one(record: RunRecord) -> None:
    compared = comparison(record)
    assert [row.share for row in compared.rows] == [0.75, 0.125, 0.25, 0.875]
    assert [row.is_ticket for row in compared.rows] == [True, False, False, False]
    assert compared.best_untrained_control is not None
    assert compared.best_untrained_control.name == "random mask"
    assert compared.best_trained is not None
    assert compared.best_trained.name == "trained dense"


def as_error(files: Files, values: list[float]) -> Files:
    """The same run with a metric where less is better."""
    files["result.json"] |= {"metric": "mae", "higher_is_better": False, "test_mae": values[0]}
    for row, value in zip(files["result.json"]["comparison"], values, strict=True):
        row["test_mae"] = value
    return files


def test_where_less_is_better_the_best_is_the_least(files: Files, read: Read) -> None:
    compared = comparison(read(as_error(files, [2.0, 8.0, 6.0, 1.0])))
    assert compared.best_untrained_control is not None
    assert compared.best_untrained_control.value == 6.0
    assert [row.share for row in compared.rows] == [0.25, 1.0, 0.75, 0.125]


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0, 0.0], [-1.0, -2.0, -3.0, -4.0], [-1.0, 5.0, 2.5, 0.0]])
def test_bars_stay_in_their_row(values: list[float], files: Files, read: Read) -> None:
    assert all(0 <= row.share <= 1 for row in comparison(read(as_error(files, values))).rows)


def test_a_run_without_controls_stands_alone(files: Files, read: Read) -> None:
    files["result.json"]["comparison"] = []
    record = read(files)
    compared = comparison(record)
    assert [row.value for row in compared.rows] == [0.75]
    assert compared.best_untrained_control is compared.best_trained is None
    assert len(headline(record).facts) == 2


def test_headline_says_what_was_found(record: RunRecord) -> None:
    found = headline(record)
    assert found.title == "tiny on dots"
    assert found.sentence == (
        "edge-popup kept 9 of 18 prunable weights (density 0.5, sparsity 0.5) "
        "and left every weight at its initial value."
    )
    assert [fact.value for fact in found.facts] == ["75.00%", "+50.00", "−12.50", "25.0%"]
    assert found.facts[0].note == "epoch 2 of 2, chosen on validation data"
    assert found.facts[1].note == "random mask: 25.00%"
    assert found.facts[3].note == "18 B instead of 72 B"


def test_headline_claims_no_audit_that_failed(files: Files, read: Read) -> None:
    files["result.json"]["audit"]["equal"] = False
    files["result.json"]["protocol"] = "paper"
    found = headline(read(files))
    assert "initial value" not in found.sentence
    assert "as in the paper" in found.facts[0].note


def test_layers(record: RunRecord) -> None:
    first, second = layer_bars(record)
    assert (first.name, first.label, second.label) == ("fc1.weight", "fc1", "fc2")
    assert (first.density, first.live_share) == (0.5, 2 / 3)


def test_the_density_drawn_is_that_of_the_counts(files: Files, read: Read) -> None:
    files["result.json"]["layers"][0]["density"] = 0.9
    assert layer_bars(read(files))[0].density == 0.5


def test_histograms(record: RunRecord) -> None:
    (only,) = histograms(record)
    assert only.bins == (HistogramBin(-1.0, 0.0, 1, 6), HistogramBin(0.0, 1.0, 5, 0))
    assert (only.kept, only.removed) == (6, 6)


def test_sizes_are_shares_of_the_dense_network(record: RunRecord) -> None:
    assert [(row.bytes, row.share) for row in size_bars(record)] == [(18, 0.25), (3, 3 / 72), (72, 1.0)]


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def leaves(value: Any) -> int:
    return sum(map(leaves, value.values())) if isinstance(value, dict) and value else 1


@given(st.dictionaries(st.text(max_size=5), nested, max_size=4))
def test_every_leaf_of_a_spec_is_one_line(spec: Any) -> None:
    assert len(settings(spec)) == sum(map(leaves, spec.values()))


def test_figures_are_of_the_split_that_was_evaluated_on(files: Files, read: Read) -> None:
    result = files["result.json"]
    result["evaluated_on"] = "validation"
    for row in (result, *result["comparison"]):
        for key in ("accuracy", "loss"):
            row[f"validation_{key}"] = row.pop(f"test_{key}")
    record = read(files)
    assert comparison(record).split == "validation"
    assert comparison(record).found.value == record.result.final_metric == 0.75
    assert headline(record).facts[0].label == "validation accuracy"


def test_masks_that_are_drawn_are_headed_by_their_mean(files: Files, read: Read) -> None:
    files["result.json"]["figures"] = {
        "test_accuracy_mean_over_draws": 0.8,
        "test_loss_mean_over_draws": 0.4,
        "density_expected_of_draws": 0.25,
    }
    record = read(files)
    drawn, ticket, *others = comparison(record).rows
    assert (drawn.name, drawn.value, drawn.loss, drawn.density, drawn.kept) == ("mean over draws", 0.8, 0.4, 0.25, 4)
    assert (ticket.value, [row.is_ticket for row in (drawn, ticket, *others)]) == (0.75, [True, True, *[False] * 3])
    first, against, *_ = headline(record).facts
    assert (first.value, first.label) == ("80.00%", "test accuracy, mean over draws")
    assert first.note == "epoch 2 of 2; the ticket, its most likely mask: 75.00%"
    assert against.value == "+55.00"
    assert "with the most likely one" in learning_words(record)
