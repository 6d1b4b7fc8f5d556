"""The figures of a study are means of its records over replicates, with a line for each way of running it."""

import json
import statistics
from dataclasses import replace
from typing import Any

import pytest
from tests.claims.judged_records import HUMP, STUDY, record, sweep

from tombola.claims.ledger import published_beside
from tombola.records import StudyRecord
from tombola.report.drawings.series import draw_series, legend_strokes
from tombola.report.drawings.theme import LIGHT
from tombola.report.figures.means import means_tables
from tombola.report.figures.series import Series
from tombola.report.figures.study import study_figures
from tombola.report.figures.study_levels import study_levels
from tombola.report.figures.table import series_table


def with_levels(seed: int) -> StudyRecord:
    base = json.loads(record("tickets-lenet", "iterative", seed, 0.97).model_dump_json(by_alias=True))
    base["result"]["levels"] = [
        {
            "level": level,
            "density": density,
            "kept": 5,
            "prunable": 10,
            "test_accuracy": accuracy + 0.01 * seed,
            "early_stop_step": 100 * (level + 1 + seed),
        }
        for level, density, accuracy in ((0, 1.0, 0.9), (1, 0.5, 0.92), (2, 0.25, 0.91))
    ]
    trial = {"level": 1, "network": "fresh-weights", "metric": 0.8 + 0.01 * seed, "iterations": 300}
    trial |= {"density": 0.5, "loss": 0.6, "kept": 5}
    base["measured"] = {"controls": {"trials": [trial, trial | {"network": "ticket", "metric": 0.1}]}}
    return StudyRecord.model_validate_json(json.dumps(base))


def test_points_are_means_and_deviations_over_seeds() -> None:
    (figure,) = study_figures(sweep(HUMP))  # none of the loss, which was not recorded
    assert (figure.axis, figure.quantity, figure.is_numeric) == ("density", "accuracy", True)
    for point in figure.points:
        values = [HUMP[float(point.x)] + 0.002 * seed for seed in range(3)]
        assert point.mean == pytest.approx(statistics.fmean(values))
        assert point.deviation == pytest.approx(statistics.stdev(values))
        assert point.replicates == 3
    (dense,) = figure.across
    assert dense.line == "dense"
    assert dense.mean == pytest.approx(0.972)


def test_over_names_every_run_has_a_name() -> None:
    actions = [record("a", "kept", seed, 0.9, action=name) for name in ("rewind", "reinit") for seed in range(2)]
    others = [record("a", "removed", seed, 0.8, frozen=value) for value in ("freeze", "zero") for seed in range(2)]
    alone = [record("a", "small", seed, 0.7) for seed in range(2)]
    (figure,) = study_figures(actions + others + alone)
    assert not figure.across
    assert [(point.line, point.x, round(point.mean, 1)) for point in figure.points] == [
        ("kept", "reinit", 0.9),
        ("kept", "rewind", 0.9),
        ("removed", "removed, freeze", 0.8),
        ("removed", "removed, zero", 0.8),
        ("small", "small", 0.7),
    ]


def test_what_lies_across_is_drawn_all_or_not_at_all() -> None:
    arms = [record("a", f"arm-{at}", seed, 0.7) for at in range(4) for seed in range(2)]
    swept = [record("a", "swept", seed, 0.9, density=density) for density in (0.1, 0.5) for seed in range(2)]
    (three,), (four,) = study_figures(swept + arms[:6]), study_figures(swept + arms)
    assert (len(three.rules), len(four.rules), len(four.across)) == (3, 0, 4)


def test_lines_are_told_apart_by_the_other_axes_and_models_have_figures_of_their_own() -> None:
    records = [
        record("density", "edge-popup", seed, 0.5 + density / 10, model=model, weights=weights, density=density)
        for model in ("conv2", "conv4")
        for weights in ("kaiming-normal", "signed-kaiming-constant")
        for density in (0.1, 0.5)
        for seed in range(2)
    ]
    figures = study_figures(records)
    assert [figure.title for figure in figures] == ["conv2: test accuracy", "conv4: test accuracy"]
    first = [record("density", "edge-popup", 0, 0.5, model=name, density=at) for name in ("c10", "c2") for at in (1, 2)]
    assert [figure.title[:3] for figure in study_figures(first)] == ["c2:", "c10"], (
        "by size, not by whose run was first"
    )
    assert figures[0].lines == ("kaiming-normal", "signed-kaiming-constant")
    assert all(len(figure.points) == 4 for figure in figures)


def test_what_changes_together_is_one_axis_whatever_it_comes_to_in_each_arm() -> None:
    density = {("30-percent", 1): 0.3, ("30-percent", 2): 0.13, ("70-percent", 1): 0.7, ("70-percent", 2): 0.31}
    (figure,) = study_figures(
        record("fixed", arm, seed, 0.9, size={"model_arguments.width": width, "density": density[arm, width]})
        for arm, width in density
        for seed in range(2)
    )
    assert (figure.axis, figure.lines) == ("width", ("30-percent", "70-percent"))
    assert [(point.line, point.x) for point in figure.points] == list(density)


def test_names_on_an_axis_and_what_broke_down() -> None:
    records = [record(STUDY, "runs", 0, 0.5, criterion=name) for name in ("movement", "random")]
    (figure,) = study_figures([*records, record(STUDY, "runs", 1, None, criterion="random")])
    assert not figure.is_numeric
    assert [(point.x, point.deviation) for point in figure.points] == [("movement", None), ("random", None)]
    assert study_figures([record(STUDY, "runs", 0, 0.5)]) == ()
    for each in (figure, *study_figures(sweep(HUMP))):
        assert draw_series(each).to_dict()


def test_runs_of_different_points_are_not_averaged() -> None:
    def figure_of(points: list[Any]) -> Series:
        (figure,) = study_figures(
            record("a", "runs", seed, 0.5 + 0.01 * at, layer_density=value, density=density)
            for at, value in enumerate(points)
            for density in (0.1, 0.5)
            for seed in range(2)
        )
        assert {point.replicates for point in figure.points} == {2}
        return figure

    lines = ("layer density none", '"none"', "layer density {}", '"{}"', "200 30", '"200 30"')
    assert set(figure_of([None, "none", {}, "{}", [200, 30], "200 30"]).lines) == set(lines)
    assert len(figure_of([1, "1", "x"]).points) == 6, "what has one name is told apart by the whole place"


def test_rows_of_means_are_of_one_point() -> None:
    records = [record("a", "runs", seed, 0.5, layer_density=value) for seed in range(2) for value in (1, True)]
    (table,) = means_tables(records)
    assert [(name, cells[-1].text) for name, cells in table.rows] == [
        ("runs, layer density 1", "2"),
        ("runs, layer_density", "2"),
    ]


def test_levels_are_averaged_beside_their_controls() -> None:
    metric, stops = study_levels([with_levels(seed) for seed in range(3)])
    assert [line.name for line in metric.lines] == ["ticket", "fresh-weights", "ticket, in isolation"]
    assert metric.dense == pytest.approx(0.91)
    first = metric.lines[0].points[0]
    assert [first.density, first.value, first.low] == pytest.approx([0.5, 0.93, 0.92])
    assert metric.lines[1].points[0].value == pytest.approx(0.81)
    assert [point.value for point in stops.lines[0].points] == [300, 400]
    assert study_levels(sweep(HUMP)) == ()


def test_levels_of_different_settings_are_lines_of_their_own() -> None:
    records = [
        with_levels(seed).model_copy(update={"point": {"batch_size": size}}) for seed in range(2) for size in (60, 128)
    ]
    metric, _ = study_levels(records)
    names = {line.name for line in metric.lines}
    assert names == {
        "batch size 60",
        "batch size 128",
        "batch size 60, fresh-weights",
        "batch size 128, fresh-weights",
        "batch size 60, ticket, in isolation",
        "batch size 128, ticket, in isolation",
    }
    assert all(point.replicates == 2 for line in metric.lines for point in line.points)


def test_runs_to_several_densities_are_one_line_with_a_point_a_density() -> None:
    records = [
        with_levels(seed).model_copy(update={"point": {"density": end}}) for seed in range(2) for end in (0.25, 0.2)
    ]
    metric, _ = study_levels(records)
    assert [line.name for line in metric.lines] == ["ticket", "fresh-weights", "ticket, in isolation"]
    assert [(point.density, point.replicates) for point in metric.lines[0].points] == [(0.5, 2), (0.25, 2)]
    assert metric.lines[0].points[0].value == pytest.approx(0.925)
    assert metric.lines[1].points[0].replicates == 2


def test_levels_of_one_number_at_other_densities_are_points_of_their_own() -> None:
    shots = []
    for end in (0.5, 0.2):
        one = with_levels(0)
        assert one.result is not None
        last = one.result.levels[1].model_copy(update={"density": end})
        result = one.result.model_copy(update={"levels": (one.result.levels[0], last)})
        shots.append(one.model_copy(update={"point": {"density": end}, "result": result}))
    metric, _ = study_levels(shots)
    assert [(point.density, point.level) for point in metric.lines[0].points] == [(0.5, 1), (0.2, 1)]


def test_the_dense_network_in_isolation_stands_where_its_ticket_does() -> None:
    record = with_levels(0)
    assert record.measured.controls is not None
    trial = record.measured.controls.trials[0]
    dense = trial.model_copy(update={"network": "dense", "density": 1.0, "kept": 10, "metric": 0.7})
    controls = record.measured.controls.model_copy(update={"trials": (*record.measured.controls.trials, dense)})
    measured = record.measured.model_copy(update={"controls": controls})
    metric, _ = study_levels([record.model_copy(update={"measured": measured})])
    (line,) = (line for line in metric.lines if line.name == "dense, in isolation")
    assert [(point.density, point.value) for point in line.points] == [(0.5, 0.7)]
    assert metric.dense == pytest.approx(0.9), "that of the search"


def test_the_levels_of_each_model_have_figures_of_their_own() -> None:
    records = [
        with_levels(seed).model_copy(update={"point": {"model": model}}) for seed in range(2) for model in ("c10", "c2")
    ]
    lower = [each for each in records if each.point["model"] == "c2"]
    for each in lower:
        assert each.result is not None
        levels = tuple(row.model_copy(update={"test_accuracy": 0.5}) for row in each.result.levels)
        records[records.index(each)] = each.model_copy(
            update={"result": each.result.model_copy(update={"levels": levels})}
        )
    figures = study_levels(records)
    assert [figure.title for figure in figures] == [
        "c2: test accuracy",
        "c2: early-stop iteration",
        "c10: test accuracy",
        "c10: early-stop iteration",
    ]
    assert [figures[0].dense, figures[2].dense] == pytest.approx([0.5, 0.905])
    assert figures[0].lines[0].name == "ticket"


def test_no_rule_lies_across_where_searches_began_with_different_dense_networks() -> None:
    one, other = (with_levels(0).model_copy(update={"point": {"lr": lr}}) for lr in (0.1, 0.2))
    assert study_levels([one, other])[0].dense == pytest.approx(0.9), "the same network twice"
    assert other.result is not None
    levels = tuple(row.model_copy(update={"test_accuracy": 0.5}) for row in other.result.levels)
    other = other.model_copy(update={"result": other.result.model_copy(update={"levels": levels})})
    metric, _ = study_levels([one, other])
    assert metric.dense is None
    starts = [(line.points[0].density, line.points[0].value) for line in metric.lines if "," not in line.name]
    assert starts == [(1.0, 0.9), (1.0, 0.5)], "each line begins with its own"


def test_iterations_are_counted_from_where_a_ticket_was_rewound_to() -> None:
    record = with_levels(0)
    assert record.result is not None
    levels = tuple(row.model_copy(update={"start_step": 50}) for row in record.result.levels)
    rewound = record.model_copy(update={"result": record.result.model_copy(update={"levels": levels})})
    _, stops = study_levels([rewound])
    assert [point.value for point in stops.lines[0].points] == [150, 250]
    assert stops.dense == 100, "which is trained from the beginning"


def test_true_and_false_are_names_on_an_axis() -> None:
    records = [
        record(STUDY, "runs", seed, 0.5 + 0.1 * scaled, scaled=scaled) for scaled in (False, True) for seed in (0, 1)
    ]
    (figure,) = study_figures(records)
    assert not figure.is_numeric
    assert [(point.x, round(point.mean, 2)) for point in figure.points] == [("false", 0.5), ("true", 0.6)]
    assert draw_series(figure).to_dict()


def test_numbers_of_small_images_stand_beside_no_published_ones() -> None:
    for preset, known in (("laptop", False), ("paper", True)):
        (at,) = [record("imagenet", "dense", seed, 0.2, preset, model="resnet-34") for seed in (0,)]
        assert (published_beside(at) is not None) is known


def conv4_beside_published() -> Series:
    place = {"model": "conv4", "weights": "signed-kaiming-constant"}
    popup = [
        record("density", "edge-popup", seed, 0.6, density=at, **place) for at in (0.1, 0.5, 0.6) for seed in (0, 1)
    ]
    dense = [record("density", "dense", seed, 0.7 + 0.02 * seed, model="conv4") for seed in (0, 1)]
    (figure,) = study_figures(popup + dense)
    return figure


def test_published_values_stand_at_every_place_between_our_ends() -> None:
    figure = conv4_beside_published()
    assert [(each.line, each.x, round(each.told.value, 4)) for each in figure.theirs] == [
        ("edge-popup", 0.1, 0.7245),
        ("edge-popup", 0.3, 0.8444),  # where we ran nothing
        ("edge-popup", 0.5, 0.8607),
        ("dense", "", 0.8621),
    ]
    rows = [(name, cells[0].text[:6], cells[0].published) for name, cells in series_table(figure).rows]
    assert rows[1:3] == [("0.3", "", "84.44%, re-run"), ("0.5", "60.00%", "86.07%, re-run")]
    assert (rows[-1][0], rows[-1][2]) == ("dense", "86.21%, re-run")


def layers_of(figure: Series) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = draw_series(figure).to_dict()["layer"]
    return layers


def test_published_is_dashed_and_ours_solid() -> None:
    figure = conv4_beside_published()
    dashed = [layer for layer in layers_of(figure) if layer["mark"].get("strokeDash")]
    assert {layer["mark"]["type"] for layer in dashed} == {"rule", "line"}
    assert all(layer["encoding"]["y"]["field"] == "published" for layer in dashed)
    (band,) = [layer for layer in layers_of(figure) if layer["mark"]["type"] == "rect"]
    assert band["encoding"]["y2"]["field"] == "high"
    told = [layer for layer in layers_of(figure) if layer["encoding"]["y"].get("field") == "published"]
    assert {"certainty", "source"} <= {tip["field"] for tip in told[-1]["encoding"]["tooltip"]}
    assert [stroke.name for stroke in legend_strokes([figure], LIGHT)] == ["edge-popup", "published (re-run)"]


def test_one_or_two_published_values_are_hollow_without_a_line() -> None:
    figure = conv4_beside_published()
    few = replace(figure, theirs=figure.theirs[:2])
    assert not [layer for layer in layers_of(few) if layer["mark"].get("strokeDash")]
    assert [layer for layer in layers_of(few) if layer["mark"].get("filled") is False]
    assert legend_strokes([few], LIGHT)[-1].width == 0
