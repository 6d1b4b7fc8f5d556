"""Figures over density: the levels of a run and the networks of a verification, against hand-made records."""

import math
import statistics
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.made_records import level_rows, verification_file

from tombola.report import RunRecord, VerificationRecord
from tombola.report.descriptions import over_density_words
from tombola.report.figures import (
    DensityLine,
    DensityPoint,
    OverDensity,
    judged_levels,
    level_curves,
    level_points,
    level_tables,
    network_curves,
    network_rows,
    spread,
)
from tombola.report.run.level_part import level_part

Files = dict[str, Any]
Read = Callable[[Files], RunRecord]
Verify = Callable[[Files], VerificationRecord]


@pytest.fixture
def leveled(files: Files, read: Read) -> RunRecord:
    files["result.json"] |= {"levels": level_rows(), "trained": True}
    return read(files)


def values(figure: OverDensity) -> list[tuple[str, list[tuple[float, float]]]]:
    return [(line.name, [(point.density, round(point.value, 9)) for point in line.points]) for line in figure.lines]


def test_levels_are_the_recorded_values(leveled: RunRecord) -> None:
    points = level_points(leveled)
    assert [(point.level, point.kept, point.early_stop_step) for point in points] == [
        (0, 18, 100),
        (1, 9, 62),
        (2, 4, 120),
    ]
    assert [(point.value, point.loss, point.final) for point in points] == [
        (0.5, 0.5, 0.375),
        (0.75, 0.25, 0.625),
        (0.25, 0.75, 0.25),
    ]


def test_the_metric_and_the_early_stop_over_density(leveled: RunRecord) -> None:
    metric, stop = level_curves(leveled)
    densities = (1.0, 0.5, 4 / 18)
    assert metric.quantity == "accuracy"
    assert values(metric) == [
        ("at the early stop", list(zip(densities, (0.5, 0.75, 0.25), strict=True))),
        ("at the end of training", list(zip(densities, (0.375, 0.625, 0.25), strict=True))),
    ]
    assert values(stop) == [("at the early stop", list(zip(densities, (100, 62, 120), strict=True)))]
    assert (metric.dense, stop.dense) == (0.5, 100)
    assert metric.densities == densities


def test_a_second_line_that_is_the_first_is_left_out(files: Files, read: Read) -> None:
    rows = [row | {"final_test_accuracy": row["test_accuracy"]} for row in level_rows()]
    files["result.json"]["levels"] = rows
    assert [line.name for line in level_curves(read(files))[0].lines] == ["at the early stop"]


def test_where_the_end_is_reported_the_early_stop_is_what_was_held_out(files: Files, read: Read) -> None:
    rows = [row | {"early_stop_split": "test", "early_stop_accuracy": 0.875} for row in level_rows()]
    files["result.json"] |= {"levels": rows, "protocol": "paper"}
    assert [point.value for point in level_points(read(files))] == [0.875] * 3
    files["result.json"]["protocol"] = "validation"
    assert [point.value for point in level_points(read(files))] == [0.5, 0.75, 0.25]


def test_levels_evaluated_on_validation_data(files: Files, read: Read) -> None:
    result = files["result.json"]
    rows = [{key.replace("test_", "validation_"): value for key, value in row.items()} for row in level_rows()]
    result |= {"levels": rows, "evaluated_on": "validation"}
    for row in (result, *result["comparison"]):
        row["validation_accuracy"] = row.pop("test_accuracy")
    metric, _ = level_curves(read(files))
    assert metric.title == "validation accuracy"
    assert [point.value for point in metric.lines[1].points] == [0.375, 0.625, 0.25]


def test_one_level_has_no_line(files: Files, read: Read) -> None:
    files["result.json"]["levels"] = level_rows()[:1]
    record = read(files)
    assert level_curves(record) == ()
    part = level_part(record)
    assert part is not None
    assert (part.panels, len(part.rows)) == ((), 1)


def test_a_run_without_levels_says_nothing_of_them(record: RunRecord) -> None:
    assert level_part(record) is None


def test_the_last_level_against_the_dense_network(files: Files, read: Read) -> None:
    files["result.json"]["levels"] = level_rows()[:2]
    part = level_part(read(files))
    assert part is not None
    assert "trains again from iteration 0." in part.sentence
    assert "at density 0.5, stops at iteration 62 (38% sooner than the dense network)" in part.sentence
    assert "75.00% test accuracy (+25.00 points against the dense network)" in part.sentence
    assert part.rows[1].cells == ("0.5", "9", "62", "75.00%", "62.50%", "0.250")


def test_a_description_has_both_ends_of_each_line(leveled: RunRecord) -> None:
    words = over_density_words(level_curves(leveled)[1])
    assert words == (
        "early-stop iteration over density: at the early stop 100 at density 1 and 120 at density 0.222; "
        "the dense network: 100."
    )


@given(
    st.lists(st.integers(-(10**6), 10**6).map(lambda number: number / 64), min_size=2, max_size=9),
    st.sampled_from([0.8, 0.95, 0.99]),
)
def test_a_spread_is_the_t_interval_of_a_mean(numbers: list[float], confidence: float) -> None:
    from scipy import stats

    found = spread(numbers, confidence)
    assert found.low is not None
    assert found.high is not None
    assert found.std == pytest.approx(statistics.stdev(numbers))
    if found.std:
        ends = stats.t.interval(confidence, len(numbers) - 1, statistics.fmean(numbers), stats.sem(numbers))
        assert [found.low, found.high] == [pytest.approx(end, rel=1e-6, abs=1e-6) for end in ends]
    else:
        assert found.low == found.high == found.mean
    assert (found.least, found.most) == (min(numbers), max(numbers))


def test_one_value_has_no_interval() -> None:
    assert (spread([2.0]).std, spread([2.0]).low, spread([2.0]).high) == (None, None, None)


def test_networks_are_means_over_replicates(verify: Verify) -> None:
    metric, stop = network_curves(verify(verification_file(levels=2)))
    assert values(metric) == [("ticket", [(0.5, 0.76), (0.25, 0.76)]), ("random mask", [(0.5, 0.26), (0.25, 0.26)])]
    assert values(stop) == [("ticket", [(0.5, 63), (0.25, 63)]), ("random mask", [(0.5, 141), (0.25, 141)])]
    assert metric.dense == pytest.approx(0.51)
    assert stop.dense == 101
    low = metric.lines[0].points[0].low
    assert low == pytest.approx(0.76 - 4.302652729911275 * 0.01 / math.sqrt(3))  # t at 0.975 with 2 degrees of freedom


def level_curves_without_intervals() -> OverDensity:
    point = DensityPoint.single(0.5, 1, 0.25)
    return OverDensity("accuracy", "test accuracy", (DensityLine("ticket", (point,)),), None)


def test_an_interval_does_not_stretch_the_axis(verify: Verify) -> None:
    content = verification_file(levels=2, replicates=2)
    metric, _ = network_curves(verify(content))
    highest = metric.lines[0].points[0].high
    assert highest is not None
    assert highest > 0.81
    assert metric.range == (0.25, 0.76)
    assert metric.has_long_intervals
    assert not level_curves_without_intervals().has_long_intervals


def test_a_dense_network_beside_every_level_counts_once_a_replicate(verify: Verify) -> None:
    content = verification_file(levels=2)
    dense = [trial for trial in content["trials"] if trial["network"] == "dense"]
    others = [trial for trial in content["trials"] if trial["network"] != "dense"]
    content["trials"] = others + [
        trial | {"level": level, "metric": trial["metric"] + level} for trial in dense for level in (1, 2)
    ]
    table = level_tables(verify(content))[0]
    assert table.dense is not None
    assert table.dense.replicates == 3
    assert table.dense.mean == pytest.approx(0.51 + 1.5)


def test_a_table_has_a_row_a_level_and_a_column_a_network(verify: Verify) -> None:
    content = verification_file(levels=3)
    content["levels"][2]["verdict"] = "not winning"
    content["trials"] = [t for t in content["trials"] if (t["network"], t["level"]) != ("random-mask", 2)]
    metric, stop = level_tables(verify(content))
    assert metric.networks == stop.networks == ("ticket", "random mask")
    assert [(row.level, row.density, row.verdict) for row in metric.rows] == [
        (1, 0.5, "winning"),
        (2, 0.25, "winning"),
        (3, 0.125, "not winning"),
    ]
    assert [row.spreads[1] is None for row in metric.rows] == [False, True, False]


def test_networks_without_iterations_have_one_figure(verify: Verify) -> None:
    content = verification_file(levels=2)
    content["trials"] = [trial | {"iterations": None} for trial in content["trials"]]
    record = verify(content)
    assert [figure.quantity for figure in network_curves(record)] == ["accuracy"]
    assert [table.measure for table in level_tables(record)] == ["accuracy"]


def test_a_network_has_one_place_in_both_figures(verify: Verify) -> None:
    content = verification_file(levels=2)
    first = [trial | {"network": "fresh-weights", "iterations": None} for trial in content["trials"][:3]]
    content["trials"] = first + content["trials"]
    metric, stop = network_curves(verify(content))
    assert [line.name for line in metric.lines] == [line.name for line in stop.lines]
    assert "fresh weights" not in over_density_words(stop)


def test_one_ticket_has_no_lines(verify: Verify) -> None:
    assert network_curves(verify(verification_file())) == ()


def test_levels_go_from_the_densest_down(verify: Verify) -> None:
    content = verification_file(levels=3)
    content["levels"].reverse()
    assert [judged.level for judged in judged_levels(verify(content))] == [1, 2, 3]


def test_the_data_of_a_figure_has_the_dense_network_too(verify: Verify) -> None:
    rows = network_rows(verify(verification_file(levels=2)), "iterations")
    assert [(row.network, row.level, row.density, row.mean, row.replicates) for row in rows] == [
        ("ticket", 1, 0.5, 63, 3),
        ("ticket", 2, 0.25, 63, 3),
        ("random-mask", 1, 0.5, 141, 3),
        ("random-mask", 2, 0.25, 141, 3),
        ("dense", None, 1.0, 101, 3),
    ]
