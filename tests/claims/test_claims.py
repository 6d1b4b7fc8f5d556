"""How a claim is decided: intervals, presets, missing records; and the ledger."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tests.claims.judged_records import HUMP, SIGNED, STUDY, noisy, record, sweep, verdict

from tombola.claims import CLAIMS, Claim, Evidence, Finding, compare, decide, decide_all, fact, ledger, to_json
from tombola.claims.evidence import best
from tombola.claims.markdown import Image, MarkdownCell, MarkdownTable, as_markdown
from tombola.records import StudyRecord
from tombola.records.study_file import Extent, Extents, StudyFile
from tombola.studies.papers import PAPERS


def extent(records: Iterable[StudyRecord], *others: str, replicates: int = 3) -> Extent:
    """A study with the places of some records, and others."""
    places = dict.fromkeys(record.place for record in records)
    return Extent((*places, *others), replicates)


def test_the_largest_preset_that_is_complete_decides() -> None:
    laptop = sweep(HUMP)
    paper = [laptop[0].model_copy(update={"preset": "paper"})]
    for expected, preset in (({}, "paper"), ({("density-lenet", "paper"): extent(laptop)}, "laptop")):
        found = Evidence.among([*laptop, *paper], ("density-lenet", "density"), expected)
        assert found.presets == {"density-lenet": preset}
    few = Evidence.among(laptop, ("density-lenet",), {("density-lenet", "laptop"): extent(laptop, "another")})
    assert (few.presets, len(few.records)) == ({"density-lenet": "laptop"}, len(laptop))
    more = [paper[0].model_copy(update={"seed": seed}) for seed in range(4)]  # of two runs one is missing
    sizes = extent(paper, "another", replicates=1), extent(paper, replicates=1)
    for size, preset in zip(sizes, ("laptop", "paper"), strict=True):
        found = Evidence.among([*laptop, *more], ("density-lenet",), {("density-lenet", "paper"): size})
        assert found.presets == {"density-lenet": preset}


def test_each_study_has_a_preset_of_its_own() -> None:
    paper = [each.model_copy(update={"preset": "paper"}) for each in sweep(HUMP)]
    others = [each.model_copy(update={"study": "density"}) for each in sweep(HUMP, model="conv2")]
    found = next(each for each in decide_all([*paper, *others]) if each.claim.id == "W1")
    assert found.presets == {"density-lenet": "paper", "density": "laptop"}
    assert found.scale == "paper, laptop"
    assert found.commands == ("tombola study density-lenet --preset paper", "tombola study density --preset laptop")


def test_a_claim_is_not_confirmed_by_a_part_of_its_studies() -> None:
    def found(records: list[StudyRecord], expected: Extents) -> tuple[str, str]:
        decision = next(each for each in decide_all(records, expected) if each.claim.id == "W1")
        return decision.verdict, decision.reason

    lenet = sweep(HUMP)
    others = [each.model_copy(update={"study": "density"}) for each in sweep(HUMP, model="conv2")]
    assert found(lenet, {}) == ("undecided", "without records of the study density")
    assert found([*lenet, *others], {}) == ("confirmed", "")
    assert found([*lenet, *others], {("density", "laptop"): extent(others, "another")}) == (
        "undecided",
        "with 12 of the 15 runs of density",
    )
    low = [each.model_copy(update={"study": "density"}) for each in sweep({0.1: 0.2, 0.5: 0.3}, model="conv2")]
    assert found([*lenet, *low], {("density", "laptop"): extent(low)})[0] == "refuted"


def test_the_largest_preset_decides_and_seconds_decide_nothing() -> None:
    tiny = [each.model_copy(update={"preset": "tiny"}) for each in sweep(HUMP)]
    assert verdict("W1", tiny) == "undecided"
    paper = [each.model_copy(update={"preset": "paper"}) for each in sweep({0.1: 0.1, 0.5: 0.2, 0.9: 0.1})]
    found = next(each for each in decide_all([*sweep(HUMP), *paper]) if each.claim.id == "W2")
    assert (found.scale, found.commands[0]) == ("paper", "tombola study density-lenet --preset paper")


def test_claims_on_imagenet_are_decided_at_full_scale_alone() -> None:
    for preset, expected in (("laptop", "undecided"), ("full", "undecided"), ("paper", "confirmed")):
        records = [
            record("imagenet", arm, seed, noisy(value, seed * scale), preset, model=model, **weights)
            for scale, (arm, value, model, weights) in enumerate(
                (("edge-popup", 0.74, "wide-resnet-50", {"weights": SIGNED}), ("dense", 0.733, "resnet-34", {})), 1
            )
            for seed in range(3)
        ]
        assert verdict("W10", records) == expected


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=6), st.floats(0, 0.2))
def test_intervals_are_students(pairs: list[tuple[float, float]], margin: float) -> None:
    first, second = ({seed: pair[side] for seed, pair in enumerate(pairs)} for side in (0, 1))
    found = compare("x", first, second, "above", margin=margin)
    differences = np.array([a - b for a, b in pairs])
    assert found.difference == pytest.approx(differences.mean())
    if differences.std(ddof=1) > 1e-9:
        low, high = stats.t.interval(0.95, len(pairs) - 1, differences.mean(), stats.sem(differences))
        assert [found.low, found.high] == pytest.approx([low, high])
        assert found.low is not None
        assert found.high is not None
        assert found.outcome == ("for" if found.low > margin else "against" if found.high < margin else "open")
        for count in (1, 2, 20):
            _, high = stats.t.interval(1 - 0.05 / count, len(pairs) - 1, differences.mean(), stats.sem(differences))
            assert found.refutes_among(count) == (high < margin) or abs(high - margin) < 1e-9
    mirrored = compare("x", second, first, "below", margin=margin)
    assert mirrored.outcome == found.outcome


def test_only_common_seeds_are_paired_and_one_is_not_enough() -> None:
    assert compare("x", {0: 1.0, 1: 2.0, 5: 9.0}, {0: 0.5, 1: 1.4, 7: 3.0}, "above").replicates == 2
    assert compare("x", {0: 1.0}, {0: 0.0}, "above").outcome == "open"
    assert compare("x", {}, 0.5, "above").difference is None
    assert compare("x", {0: 0.5, 1: 0.51}, 0.5, "equal", margin=0.2).outcome == "for"
    assert fact("so", False, 3).outcome == "against"


def test_what_is_not_reached_yet_says_nothing_against() -> None:
    for value, outcome in ((0.9, "for"), (0.895, "for"), (0.8, "open")):
        own = {seed: noisy(value, seed) for seed in range(3)}
        assert compare("x", own, 0.9, "reaches", margin=0.01).outcome == outcome


def test_every_claim_has_a_rule_and_studies_that_exist() -> None:
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.rule.endswith(".")
        for name in claim.studies:
            assert claim.id in PAPERS[name].claims
    for study in PAPERS.values():
        for claim_id in study.claims:
            assert study.name in next(claim for claim in CLAIMS if claim.id == claim_id).studies


def test_what_cannot_be_told_apart_or_reckoned_with_decides_nothing() -> None:
    twice = [*sweep(HUMP), record("density-lenet", "dense", 0, 0.9)]
    assert verdict("W1", twice) == "undecided", "two dense runs of one seed"
    odd = record("density", "dense", 0, 0.9, model=[[1, [2]]])
    assert verdict("W3", [odd]) == "undecided"


def test_one_comparison_of_many_does_not_refute_by_chance() -> None:
    """With an interval that ends a little below the margin: alone it refutes, among seven it may be chance."""
    against = record("density-lenet", "edge-popup", 0, 0.9)
    values = {0: 0.89, 1: 0.885, 2: 0.895}
    one = compare("one", values, 0.91, "above")
    others = [compare("another", values, 0.1, "above") for _ in range(6)]

    def decided(findings: list[Finding]) -> tuple[str, str]:
        claim = replace(CLAIMS[0], studies=("density-lenet",), judge=lambda _: findings)
        decision = decide(claim, Evidence((against,)))
        return decision.verdict, decision.reason

    assert one.outcome == "against"
    counted = decide(replace(CLAIMS[0], judge=lambda _: [one, *others]), Evidence((against,)))
    assert counted.tally == "6 for, 1 against"
    assert decide(CLAIMS[0], Evidence(())).tally == ""
    assert decided([one]) == ("refuted", "")
    assert decided([one, *others]) == ("undecided", "1 against, which among 7 comparisons may be chance")
    assert decided([fact("so", False, 1), *others])[0] == "refuted"
    assert decided(others) == ("confirmed", "")


def test_a_decision_as_json() -> None:
    found = to_json(decide(CLAIMS[0], Evidence.among(sweep(HUMP), CLAIMS[0].studies)))
    assert {"id", "verdict", "scale", "replicates", "command", "evidence"} <= found.keys()
    assert found["evidence"][0]["low"] <= found["evidence"][0]["difference"] <= found["evidence"][0]["high"]


def test_the_ledger_as_markdown() -> None:
    text = as_markdown(decide_all(sweep(HUMP)))
    rows = [line for line in text.splitlines() if line.startswith(("| [W", "| W"))]
    assert len(rows) == sum(claim.id.startswith("W") for claim in CLAIMS)
    assert "| [W1](#w1) | A random network contains" in text
    assert "## W1\n" in text
    assert all(line.count("|") - line.count("\\|") == 7 for line in rows)


def test_the_markdown_shows_the_tables_of_studies() -> None:
    cells = ((MarkdownCell("a|b"), MarkdownCell("81%")), (MarkdownCell("dense"), MarkdownCell("82%", "86%")))
    grid = MarkdownTable("What it is", ("run", "accuracy"), cells)
    text = as_markdown(decide_all(sweep(HUMP)), {"density-lenet": (grid,), "own": (Image("own.svg", "A hump"),)})
    rows = "| run | accuracy |\n| --- | --- |\n| a\\|b | 81% |\n| dense | 82%<br><sub>86%</sub> |\n"
    assert f"## density-lenet\n\nWhat it is\n\n{rows}" in text
    assert text.endswith("## own\n\n![A hump](own.svg)\n")
    assert "Figures and tables: [density-lenet](#density-lenet)" in text


def test_nothing_that_a_record_says_is_markdown_or_html() -> None:
    wild, tame = "a|b](x)\n# <img src=x>\x1b`*_&", r"a\|b\](x)\\n\# &lt;img src=x&gt;\\x1b\`\*\_&amp;"
    grid = MarkdownTable(wild, (wild,), ((MarkdownCell(wild, wild),),))
    claim = Claim("X", "x", "x", "x", (STUDY,), lambda _: [fact(wild, True, 1)])
    text = as_markdown([decide(claim, Evidence(()))], {wild: (Image("own.svg", wild), grid)})
    assert f"| {tame} |  |  | 1 | for |\n" in text
    shown = f"## {tame}\n\n![{tame}](own.svg)\n\n{tame}\n\n| {tame} |\n| --- |\n| {tame}<br><sub>{tame}</sub> |\n"
    assert text.endswith(shown)


def test_a_replicate_that_broke_down_leaves_a_claim_undecided() -> None:
    whole = sweep(HUMP)
    (lost,) = (each for each in whole if each.values.get("density") == 0.1 and each.seed == 1)
    broken = lost.model_copy(update={"result": None, "outcome": "diverged"})
    (rule,) = (each for each in CLAIMS if each.id == "W2")
    for records, expected in ((whole, "confirmed"), ([broken, *(each for each in whole if each != lost)], "undecided")):
        alone = replace(rule, studies=("density-lenet",))
        found = decide(alone, Evidence.among(records, alone.studies))
        assert found.verdict == expected
    assert found.reason == "1 of the runs of density-lenet diverged or collapsed, and other replicates of them did not"


def test_replicates_that_broke_down_refute_no_more_than_they_confirm() -> None:
    low = sweep({0.1: 0.7, 0.5: 0.3, 0.9: 0.2})
    (rule,) = (each for each in CLAIMS if each.id == "W2")
    alone = replace(rule, studies=("density-lenet",))
    assert decide(alone, Evidence.among(low, alone.studies)).verdict == "refuted"
    broken = low[1].model_copy(update={"result": None, "outcome": "diverged"})
    found = decide(alone, Evidence.among([broken, *(each for each in low if each is not low[1])], alone.studies))
    assert found.verdict == "undecided"


def _as_given(found: tuple[Finding, ...], _: Evidence) -> tuple[Finding, ...]:
    return found


def test_comparisons_without_data_count_among_those_that_may_refute_by_chance() -> None:
    finding = compare("a over b", {0: 0.5, 1: 0.52, 2: 0.51}, 0.6, "above")
    assert (finding.refutes_among(1), finding.refutes_among(20)) == (True, False)
    empty = compare("c over d", {}, {}, "above")
    for others, expected in ((0, "refuted"), (19, "undecided")):
        found = (finding, *[empty] * others)
        claim = Claim("X", "x", "x", "x", (STUDY,), partial(_as_given, found))
        assert decide(claim, Evidence(tuple(sweep(HUMP)))).verdict == expected


def test_the_best_of_some_settings_is_one_that_did_not_break_down() -> None:
    whole = sweep(HUMP)
    top = max(HUMP, key=HUMP.__getitem__)
    lost = next(each for each in whole if each.values.get("density") == top)
    broken = [
        lost.model_copy(update={"result": None, "outcome": "diverged"}),
        *(each for each in whole if each != lost),
    ]
    at = {
        density: Evidence(tuple(each for each in broken if each.values.get("density") == density)) for density in HUMP
    }
    assert best(at) == max((density for density in HUMP if density != top), key=HUMP.__getitem__)
    assert best({top: at[top], 0.05: Evidence(())}) == top, "where no other is there"
    assert best({}) is None


def test_how_much_a_study_is_stays_unknown_without_its_replicates() -> None:
    content = {"schema": 1, "study": {"name": "sweep"}, "places": {"laptop": ["a"], "paper": ["a", "b"]}}
    found = StudyFile.model_validate_json(json.dumps(content | {"replicates": {"paper": 3}}))
    assert found.extents == {"paper": Extent(("a", "b"), 3)}
    assert found.extents["paper"].runs == 6


def test_records_from_before_a_study_was_changed_do_not_make_it_whole() -> None:
    records = sweep(HUMP)
    removed = [each for each in records if each.values.get("density") == 0.9]
    now = extent([each for each in records if each not in removed], "another")
    assert (now.runs, now.recorded(records)) == (12, 9)


def test_the_page_of_claims_says_what_the_records_say() -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "claims.md").read_text()
    lines = [line for line in page.splitlines() if line.startswith("| [")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)] for line in lines]
    said = {cells[1].partition("]")[0][1:]: (cells[3], cells[4]) for cells in rows}
    found = {each.claim.id: (f"**{each.verdict}**", each.tally) for each in ledger(root / "results")}
    assert said == found, "write it anew: tombola claims --markdown docs/claims.md"
