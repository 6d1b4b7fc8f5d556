"""Figures and tables of papers, against plain means of made-up records."""

import json
import statistics
from typing import Any

import pytest
from tests.claims.judged_records import record

from tombola.claims.published import published
from tombola.records import StudyRecord
from tombola.report.drawings.series import draw_series, series_strokes
from tombola.report.drawings.theme import LIGHT
from tombola.report.figures.papers import OF_STUDY, paper_figures
from tombola.report.figures.papers.independent_study import GROUPS
from tombola.report.figures.papers.paper_figures import mean_curve
from tombola.report.figures.study import study_figures
from tombola.studies.papers import PAPERS

STUDY = "independent-study"
WEIGHTS = 163_100
STEPS = (100, 200, 300)


def loss(base: float, seed: int, step: int) -> float:
    """Lowest at iteration 200."""
    return base + 0.01 * seed + abs(step - 200) / 1000


def study_record(arm: str, seed: int, base: float, hidden: tuple[int, int] | None = None) -> StudyRecord:
    point: dict[str, Any] = {} if hidden is None else {"model_arguments.hidden": list(hidden)}
    content = json.loads(record(STUDY, arm, seed, 0.9, **point).model_dump_json(by_alias=True))
    losses = [loss(base, seed, step) for step in STEPS]
    curve: dict[str, Any] = {"step": list(STEPS), "test_loss": losses}
    whole = WEIGHTS if hidden is None else 784 * hidden[0] + hidden[0] * hidden[1] + hidden[1] * 10
    kept = 60_000 + seed if hidden is None else whole
    sweep = [{"threshold": at, "density": 0.6 - at, "test_accuracy": 0.4 + at + 0.1 * seed} for at in (0.0, 0.1, 0.2)]
    content["result"] |= {"test_loss": losses[-1], "kept": kept, "prunable": whole}
    content["result"]["figures"] = {"sweep": sweep} if arm == "ticket" else {}
    content["curves"] = curve | {"epoch": [step / 1000 for step in STEPS]}
    if arm == "ticket":
        content["measured"] = {"trainings": {"dense": curve, "baseline": curve, "ticket": curve}}
    return StudyRecord.model_validate_json(json.dumps(content))


def study_records(seeds: int = 3) -> list[StudyRecord]:
    sizes = [size for group in GROUPS.values() for size in group]
    return [
        *(study_record("ticket", seed, 0.1) for seed in range(seeds)),
        *(study_record("dense", seed, 0.2, size) for size in sizes for seed in range(seeds)),
    ]


def test_the_curves_are_means_over_seeds() -> None:
    found = paper_figures(STUDY, tuple(study_records()))
    assert [figure.name for figure in found.figures] == [f"Figure {number}" for number in range(1, 7)]
    first = found.figures[0].series
    assert first is not None
    for point in first.points:
        values = [loss(0.1, seed, int(float(point.x))) for seed in range(3)]
        assert point.mean == pytest.approx(statistics.fmean(values))
        assert point.deviation == pytest.approx(statistics.stdev(values))
    fifth = found.figures[4].series
    assert fifth is not None
    assert fifth.lines == ("lottery tickets", *GROUPS)
    counts = {line: {point.replicates for point in fifth.points if point.line == line} for line in fifth.lines}
    assert counts == {line: {3} for line in fifth.lines}, "replicates are seeds, also of a group of sizes"
    low = [loss(0.2, seed, 300) for seed in range(3)]
    last = next(point for point in fifth.points if (point.line, point.x) == ("low performers", 300))
    assert (last.mean, last.deviation) == pytest.approx((statistics.fmean(low), statistics.stdev(low)))


def test_sizes_and_accuracies_over_thresholds() -> None:
    figures = paper_figures(STUDY, tuple(study_records())).figures
    sizes, accuracies = figures[2].series, figures[3].series
    assert sizes is not None
    assert accuracies is not None
    assert [(point.x, round(point.mean, 6)) for point in sizes.points] == [(0.0, 0.6), (0.1, 0.5), (0.2, 0.4)]
    assert [(each.x, each.told.value) for each in sizes.theirs] == [(0.0, 0.646), (0.2, 0.041)]
    assert accuracies.points[1].mean == pytest.approx(0.6)
    relative = figures[5].series
    assert relative is not None
    found = {point.x: point.mean for point in relative.points}
    assert found["lottery tickets"] == pytest.approx(60_001 / WEIGHTS)
    assert found["low performers"] == pytest.approx((784 * 150 + 100 * 5 + 50 * 5 + 100) / 2 / WEIGHTS)


def test_table_1_has_eleven_rows_beside_the_published_ones() -> None:
    (part,) = paper_figures(STUDY, tuple(study_records())).tables
    assert part.table is not None
    assert len(part.table.rows) == 11
    name, cells = part.table.rows[0]
    assert name == "lottery ticket"
    assert [cell.text for cell in cells] == ["36.79% ± 0.00", "0.210 ± 0.010", "0.110 ± 0.010", "200 ± 0"]
    assert [cell.published for cell in cells] == ["38.70% ± 17.90", "0.091 ± 0.007", "0.078 ± 0.004", "4,340 ± 222"]
    assert [cell.text for cell in part.table.rows[1][1]][:2] == ["100.00%", "0.310 ± 0.010"]


def test_what_is_missing_is_said() -> None:
    nothing = paper_figures(STUDY, ())
    assert all(figure.series is None and figure.missing.startswith("it needs") for figure in nothing.figures)
    assert nothing.tables[0].table is None
    one = paper_figures(STUDY, (study_record("dense", 0, 0.2, (50, 5)),))
    drawn = [figure.name for figure in one.figures if figure.series is not None]
    assert drawn == ["Figure 5"]


def _layer(at: int, units: int, inputs: int) -> dict[str, Any]:
    counts = {"kept": units * inputs, "prunable": units * inputs, "density": 1.0}
    return counts | {"name": f"fc{at}", "shape": (units, inputs), "units": units, "live_units": units}


def of_digits(record: StudyRecord, preset: str) -> StudyRecord:
    """The record of another preset on other data, of a network with other layers."""
    assert record.result is not None
    shapes = ((8, 64), (4, 8), (10, 4))
    layers = [_layer(at, *shape) for at, shape in enumerate(shapes, 1)]
    content = json.loads(record.model_dump_json(by_alias=True)) | {"preset": preset}
    content["spec"]["run"] = {"model": {"name": "digits-mlp"}, "data": {"name": "digits"}}
    content["result"]["layers"] = layers
    return StudyRecord.model_validate_json(json.dumps(content))


def test_captions_are_said_of_the_records() -> None:
    found = paper_figures(STUDY, tuple(of_digits(each, "laptop") for each in study_records()))
    for words in [figure.words for figure in found.figures] + [table.words for table in found.tables]:
        assert "digits-mlp on digits, preset laptop, 3 seeds; mean ± one standard deviation" in words
    assert "of 64-8-4-10." in found.figures[5].words
    assert "over 300 iterations." in found.tables[0].words


def test_the_densities_of_a_caption_are_those_that_were_asked_for() -> None:
    popup = record("imagenet", "edge-popup", 0, 0.3, "paper", model="resnet-50", weights="kaiming-normal")
    settings = {"method": {"name": "edge-popup", "density": 0.25}, "data": "imagenet"}
    given = popup.model_copy(update={"spec": {"run": settings}})
    assert "Subnetworks of density 0.25 beside" in paper_figures("imagenet", (given,)).figures[0].words


def test_tiny_is_drawn_and_says_so_beside_nothing_published() -> None:
    tickets = [of_digits(study_record("ticket", seed, 0.1), "tiny") for seed in range(2)]
    found = paper_figures(STUDY, tuple(tickets))
    drawn = [figure for figure in found.figures if figure.series is not None]
    assert [figure.name for figure in drawn] == [f"Figure {number}" for number in range(1, 7)]
    assert all("on digits, preset tiny, 2 seeds" in figure.words for figure in drawn)
    assert not any(figure.series.theirs for figure in drawn if figure.series)
    (part,) = found.tables
    assert part.table is not None
    assert not part.table.has_published
    assert "study’s" not in part.words


def test_they_are_of_studies_that_there_are() -> None:
    assert set(OF_STUDY) <= set(PAPERS)
    for figure in paper_figures(STUDY, tuple(study_records())).figures:
        assert figure.series is not None
        assert draw_series(figure.series).to_dict()
    assert published(STUDY, "ticket", {}, "density at threshold 0.2") is not None


def test_learned_masks_stand_at_the_density_they_choose_with_their_best_rate() -> None:
    popup = [
        record("bernoulli-lenet", "edge-popup", seed, 0.9 + density / 100, weights="xavier-normal", density=density)
        for seed in range(2)
        for density in (0.3, 0.7)
    ]
    learned = [
        record(
            "bernoulli-lenet", "bernoulli", seed, likely, weights="xavier-normal", lr=lr, drawn=drawn, held_out=held_out
        )
        for seed in range(2)
        for lr, likely, held_out, drawn in ((50.0, 0.9, 0.8, 0.95), (200.0, 0.5, 0.9, 0.93))
    ]
    (figure,) = paper_figures("bernoulli-lenet", (*popup, *learned)).figures
    assert figure.series is not None
    found = {(point.line, point.x): point.mean for point in figure.series.points}
    assert found == pytest.approx(
        {("xavier-normal", 0.3): 0.903, ("xavier-normal", 0.7): 0.907, ("learned, xavier-normal", 0.5): 0.93}
    )


def test_learned_masks_have_the_colour_of_their_weights_and_a_shape_of_their_own() -> None:
    popup = [
        record("bernoulli-lenet", "edge-popup", seed, 0.9, weights=weights, density=density)
        for weights in ("kaiming-normal", "xavier-normal")
        for seed in range(2)
        for density in (0.3, 0.7)
    ]
    learned = [
        record("bernoulli-lenet", "bernoulli", seed, 0.9, weights=weights, lr=50.0, drawn=0.9, held_out=0.9)
        for weights in ("kaiming-normal", "xavier-normal")
        for seed in range(2)
    ]
    given = popup + learned
    (figure,) = paper_figures("bernoulli-lenet", tuple(given)).figures
    assert figure.series is not None
    drawn = {stroke.name: stroke for stroke in series_strokes(figure.series, LIGHT)}
    assert tuple(drawn) == figure.series.lines
    for weights in ("kaiming-normal", "xavier-normal"):
        assert drawn[f"learned, {weights}"].colour == drawn[weights].colour
    assert len({stroke.colour for stroke in drawn.values()}) == 2
    assert not {drawn[name].shape for name in drawn if "learned" in name} & {"circle", "square"}


def test_an_axis_that_follows_another_does_not_part_its_line() -> None:
    records = [
        record("fixed-count-lenet", "edge-popup", seed, 0.9, size={"model_arguments.width": width, "density": density})
        for seed in range(2)
        for width, density in ((0.5, 0.5), (1.0, 0.25), (2.0, 0.1))
    ]
    (figure,) = study_figures(records)
    assert len(figure.lines) == 1
    assert len(figure.points) == 3


def test_a_mean_curve_goes_as_far_as_each_replicate_does() -> None:
    points = mean_curve("a", [{1: 1.0, 2: 2.0, 3: 3.0}, {1: 3.0, 2: 6.0}, {}])
    assert [(point.x, point.mean, point.replicates) for point in points] == [(1, 2.0, 2), (2, 4.0, 2)]
