"""The evidence of a verdict, and the numbers at the head of its page."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.report.made_records import verification_file

from tombola.report import VerificationRecord
from tombola.report.figures import evidence_lines, levels_sentence, verification_headline
from tombola.report.run.verdict_part import verdict_part

Verify = Callable[[dict[str, Any]], VerificationRecord]


@pytest.fixture
def content() -> dict[str, Any]:
    return verification_file()


def test_rows_of_the_definition_come_first_and_reasons_last(content: dict[str, Any], verify: Verify) -> None:
    record = verify(content)
    lines = evidence_lines(record, record.file.levels[0])
    assert [(line.title, line.measure, line.outcome, line.kind) for line in lines] == [
        ("whole network", "accuracy", "holds", "good"),
        ("whole network", "iterations, fewer is better", "holds", "good"),
        ("random mask", "accuracy", "better", "good"),
        ("dense network of equal size", "", "not applicable", "none"),
    ]
    assert lines[0].difference == "+25.00 points"
    assert lines[0].interval == "−10.00 to +60.00"
    assert lines[0].values == "76.00% against 51.00%"
    assert (lines[1].difference, lines[1].interval, lines[1].values) == ("−38", "−57 to −19", "62 against 100")
    assert (lines[3].difference, lines[3].reason, lines[3].place) == ("", "no width fits", None)


def test_strips_of_one_measure_have_one_scale(content: dict[str, Any], verify: Verify) -> None:
    record = verify(content)
    first, second, third, _ = evidence_lines(record, record.file.levels[0])
    assert first.place is not None
    assert second.place is not None
    assert third.place is not None
    scale = 50 / (1.1 * 0.6)
    assert first.place.low == pytest.approx(50 - 0.1 * scale)
    assert first.place.high == third.place.high == pytest.approx(50 + 0.6 * scale)
    assert second.place.middle == pytest.approx(50 - 38 * 50 / (1.1 * 57))


def test_chance_does_not_set_the_scale_unless_it_is_asked_about(content: dict[str, Any], verify: Verify) -> None:
    evidence = content["levels"][0]["evidence"]
    chance = evidence[1] | {"control": "chance", "title": "chance", "difference": 5.0, "low": 4.0, "high": 6.0}
    content["levels"][0]["evidence"] = [*evidence, chance]
    record = verify(content)
    places = {line.title: line.place for line in evidence_lines(record, record.file.levels[0])}
    assert places["chance"] is None
    assert places["random mask"] is not None
    assert places["random mask"].high > 90
    content["levels"][0]["evidence"] = [*evidence, chance | {"in_definition": True}]
    record = verify(content)
    places = {line.title: line.place for line in evidence_lines(record, record.file.levels[0])}
    assert places["chance"] is not None
    assert places["random mask"] is not None
    assert places["random mask"].high < 60


def test_one_replicate_has_a_difference_without_an_interval(verify: Verify) -> None:
    content = verification_file(replicates=1)
    for row in content["levels"][0]["evidence"]:
        row |= {"low": None, "high": None, "confidence": None}
    record = verify(content)
    lines = evidence_lines(record, record.file.levels[0])
    assert (lines[0].difference, lines[0].interval, lines[0].place) == ("+25.00 points", "", None)
    assert "no interval" in verdict_part(record).method


def test_a_metric_where_less_is_better_says_so(content: dict[str, Any], verify: Verify) -> None:
    content |= {"metric": "mae", "higher_is_better": False}
    for row in content["levels"][0]["evidence"]:
        row["measure"] = row["measure"] and row["measure"].replace("accuracy", "metric")
    record = verify(content)
    line = evidence_lines(record, record.file.levels[0])[0]
    assert (line.measure, line.difference) == ("mae, lower is better", "+0.25")


def test_very_much_evidence_is_parted(content: dict[str, Any], verify: Verify) -> None:
    evidence = content["levels"][0]["evidence"]
    more = [evidence[1] | {"control": f"control-{index}", "measure": "loss"} for index in range(12)]
    content["levels"][0]["evidence"] = evidence + more
    (level,) = verdict_part(verify(content)).levels
    assert [line.title for line in level.lines[:3]] == ["whole network", "whole network", "random mask"]
    assert (len(level.lines), len(level.more)) == (4, 12)
    (few,) = verdict_part(verify(verification_file())).levels
    assert few.more == ()


def test_the_head_of_one_ticket(content: dict[str, Any], verify: Verify) -> None:
    found = verification_headline(verify(content))
    assert found.title == "tiny on dots"
    assert found.sentence == "runs/tiny, found by imp: winning by the definition “lottery-ticket”."
    assert [(fact.value, fact.note) for fact in found.facts] == [
        ("winning", "3 replicates"),
        ("0.5", "9 weights"),
        ("76.00%", "mean of 3 replicates"),
        ("+25.00", "95% interval −10.00 to +60.00"),
    ]


def test_the_head_of_levels_is_the_smallest_density_that_wins(verify: Verify) -> None:
    content = verification_file(levels=3)
    content["levels"][2]["verdict"] = "undecided"
    record = verify(content)
    facts = verification_headline(record).facts
    assert (facts[0].note, facts[1].value, facts[1].label) == (
        "2 of 3 levels win, 3 replicates",
        "0.25",
        "smallest density that wins",
    )
    assert levels_sentence(record) == (
        "2 of 3 levels are winning; the smallest density among them is 0.25. The last, at density 0.125, is undecided."
    )
    part = verdict_part(record)
    assert [(level.density, level.is_open) for level in part.levels] == [
        ("0.5", False),
        ("0.25", True),
        ("0.125", False),
    ]
    assert part.tables[0].caption == "Accuracy, mean ± standard deviation; the dense network: 51.00% ± 1.00."
    assert part.tables[0].rows[0].cells == ("76.00% ± 1.00", "26.00% ± 1.00")


def test_where_nothing_wins_the_smallest_density_is_shown(verify: Verify) -> None:
    content = verification_file(levels=2)
    for judged in content["levels"]:
        judged["verdict"] = "not winning"
    record = verify(content | {"verdict": "not winning"})
    assert levels_sentence(record) == "None of 2 levels is winning."
    assert verification_headline(record).facts[1].label == "smallest density"


def test_other_data_than_the_tickets_is_said(content: dict[str, Any], verify: Verify) -> None:
    other = "The data is not that on which the ticket was found."
    assert other not in verdict_part(verify(content | {"same_data": True})).method
    assert other not in verdict_part(verify(content)).method
    assert other in verdict_part(verify(content | {"same_data": False})).method
