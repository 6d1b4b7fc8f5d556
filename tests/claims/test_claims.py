"""Claims are decided by their rules: made-up records that speak for one, against it, or not at all."""

import itertools
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tombola.claims import CLAIMS, Evidence, compare, decide, fact, ledger, to_json
from tombola.claims.markdown import as_markdown
from tombola.records import StudyRecord
from tombola.records.study_file import Extent
from tombola.studies.papers import PAPERS
from tombola.training.identity import identity

STUDY = "density-lenet"
SIGNED, GAUSSIAN = "signed-kaiming-constant", "kaiming-normal"


def record(
    study: str, arm: str, seed: int, accuracy: float | None, preset: str = "laptop", **given: Any
) -> StudyRecord:
    """A record of which only what the rules read is filled."""
    point = {key: value for key, value in given.items() if key not in ("untrained", "drawn", "equal")}
    comparison = [{"name": "ticket", "weights": "untrained", "density": 0.5, "kept": 5, "test_accuracy": accuracy}]
    if "untrained" in given:
        row = {"name": "untrained dense", "weights": "untrained", "density": 1.0, "kept": 10}
        comparison.append(row | {"test_accuracy": given["untrained"]})
    result = {
        "schema": 1,
        "id": "x",
        "metric": "accuracy",
        "higher_is_better": True,
        "protocol": "validation",
        "density": 0.5,
        "kept": 5,
        "prunable": 10,
        "digest": "d",
        "test_accuracy": accuracy,
        "validation_accuracy": accuracy,
        "chance": 0.1,
        "comparison": comparison,
        "figures": {"test_accuracy_mean_over_draws": given["drawn"]} if "drawn" in given else {},
        "sizes": {"ticket_bytes": 1.0, "dense_fp32_bytes": 1.0, "entropy_bytes": 1.0},
        "audit": {"weights_before": "a", "weights_after": "a", "equal": given.get("equal", True)},
    }
    spec: dict[str, Any] = {"arm": arm, "point": point, "seed": seed}
    content = {
        "schema": 1,
        "id": identity(spec),
        "study": study,
        "preset": "laptop",
        "arm": arm,
        "point": point,
        "seed": seed,
        "spec": spec,
        "outcome": "finished" if accuracy is not None else "diverged",
        "result": result if accuracy is not None else None,
        "finished": "2026-01-01T00:00:00+00:00",
        "seconds": 1.0,
    }
    return StudyRecord.model_validate_json(json.dumps(content))


def noisy(value: float, seed: int) -> float:
    return value + 0.002 * seed


def sweep(
    accuracies: dict[float, float], dense: float = 0.97, untrained: float = 0.1, **given: Any
) -> list[StudyRecord]:
    popup = [
        record(
            "density-lenet",
            "edge-popup",
            seed,
            noisy(value, seed),
            weights=SIGNED,
            density=density,
            untrained=untrained,
            **given,
        )
        for density, value in accuracies.items()
        for seed in range(3)
    ]
    return popup + [record("density-lenet", "dense", seed, noisy(dense, seed), **given) for seed in range(3)]


def verdict(claim: str, records: Iterable[StudyRecord]) -> str:
    (found,) = (each for each in ledger(records) if each.claim.id == claim)
    return found.verdict


HUMP = {0.1: 0.8, 0.5: 0.93, 0.9: 0.85}


def test_far_above_chance() -> None:
    assert verdict("W1", sweep(HUMP)) == "confirmed"
    assert verdict("W1", sweep({0.1: 0.2, 0.5: 0.3})) == "refuted"
    assert verdict("W1", []) == "undecided"


def test_a_hump() -> None:
    assert verdict("W2", sweep(HUMP)) == "confirmed"
    assert verdict("W2", sweep({0.1: 0.8, 0.5: 0.85, 0.9: 0.93})) == "refuted"
    assert verdict("W2", sweep(HUMP, untrained=0.4)) == "refuted"
    assert verdict("W2", sweep({0.1: 0.8, 0.5: 0.9, 0.8: 0.93, 0.9: 0.85})) == "refuted"
    assert verdict("W2", sweep({0.4: 0.8, 0.5: 0.9, 0.6: 0.85})) == "undecided"


def test_the_largest_preset_that_is_complete_decides() -> None:
    laptop = sweep(HUMP)
    paper = [laptop[0].model_copy(update={"preset": "paper"})]
    for expected, scale in (({}, "paper"), ({("density-lenet", "paper"): Extent(95)}, "laptop")):
        found = Evidence.among([*laptop, *paper], ("density-lenet", "density"), expected)
        assert found.scale == scale
    few = Evidence.among(laptop, ("density-lenet",), {("density-lenet", "laptop"): Extent(95)})
    assert (few.scale, len(few.records)) == ("laptop", len(laptop))
    more = [paper[0].model_copy(update={"seed": seed}) for seed in range(4)]  # of two runs one is missing
    for size, scale in ((Extent(2, 1), "laptop"), (Extent(1, 1), "paper")):
        found = Evidence.among([*laptop, *more], ("density-lenet",), {("density-lenet", "paper"): size})
        assert found.scale == scale


def test_no_weight_moves() -> None:
    assert verdict("W13", sweep(HUMP)) == "confirmed"
    assert verdict("W13", [*sweep(HUMP), record("density-lenet", "edge-popup", 0, 0.9, equal=False)]) == "refuted"


def axis(study: str, name: str, values: dict[Any, tuple[float, float]]) -> list[StudyRecord]:
    """Dense and edge-popup accuracies over an axis."""
    return [
        record(
            study,
            arm,
            seed,
            noisy(accuracy, seed * (1 + column)),
            **{name: value},
            **({"weights": SIGNED} if column else {}),
        )
        for value, both in values.items()
        for column, (arm, accuracy) in enumerate(zip(("dense", "edge-popup"), both, strict=True))
        for seed in range(3)
    ]


def test_depth_and_width_close_the_gap() -> None:
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.7), "conv6": (0.88, 0.86)})) == "confirmed"
    assert verdict("W3", axis("density", "model", {"conv2": (0.8, 0.78), "conv6": (0.88, 0.7)})) == "refuted"
    width = "model_arguments.width"
    assert verdict("W4", axis("width-lenet", width, {0.5: (0.9, 0.7), 2.0: (0.95, 0.949)})) == "confirmed"
    assert verdict("W4", axis("width-lenet", width, {0.5: (0.9, 0.7), 2.0: (0.95, 0.8)})) == "refuted"


def test_as_many_kept_of_more() -> None:
    def records(narrow: float, wide: float) -> list[StudyRecord]:
        sizes = ({"model_arguments.width": 0.5, "density": 0.5}, {"model_arguments.width": 2.0, "density": 0.1})
        return [
            record("fixed-count-lenet", "edge-popup", seed, noisy(value, seed * scale), size=size)
            for size, value, scale in zip(sizes, (narrow, wide), (1, 2), strict=True)
            for seed in range(3)
        ]

    assert verdict("W5", records(0.8, 0.9)) == "confirmed"
    assert verdict("W5", records(0.9, 0.8)) == "refuted"
    assert verdict("W5", records(0.9, 0.9)) == "undecided"


def bernoulli(popup: float, kaiming: float, xavier: float) -> list[StudyRecord]:
    made = []
    for weights, drawn in ((SIGNED, kaiming), ("signed-xavier-constant", xavier)):
        for seed in range(3):
            given = {"weights": weights}
            made.append(record("bernoulli-lenet", "edge-popup", seed, noisy(popup, seed), density=0.5, **given))
            made.append(
                record("bernoulli-lenet", "bernoulli", seed, 0.5, drawn=noisy(drawn, 2 * seed), lr=50.0, **given)
            )
    return made


def test_edge_popup_against_learned_supermasks() -> None:
    assert verdict("W6", bernoulli(0.96, 0.9, 0.8)) == "confirmed"
    assert verdict("W6", bernoulli(0.85, 0.9, 0.8)) == "refuted"
    assert verdict("W7", bernoulli(0.96, 0.9, 0.8)) == "confirmed"
    assert verdict("W7", bernoulli(0.96, 0.8, 0.9)) == "refuted"


def test_distributions() -> None:
    def records(**accuracies: float) -> list[StudyRecord]:
        names = {"signed": SIGNED, "normal": GAUSSIAN, "xavier": "xavier-normal", "uniform": "kaiming-uniform"}
        return [
            record(
                "distributions-lenet",
                "edge-popup",
                seed,
                noisy(value, seed),
                distribution={"weights": names[name.removesuffix("_scaled")], "scaled": name.endswith("_scaled")},
                density=0.5,
            )
            for name, value in accuracies.items()
            for seed in range(3)
        ]

    good = {"signed": 0.96, "normal": 0.95, "xavier": 0.9, "uniform": 0.8, "normal_scaled": 0.951}
    assert verdict("W8", records(**good)) == "confirmed"
    assert verdict("W8", records(**good | {"signed": 0.9})) == "refuted"
    assert verdict("W8", records(**good | {"normal_scaled": 0.6})) == "refuted"


def test_the_largest_preset_decides_and_seconds_decide_nothing() -> None:
    tiny = [each.model_copy(update={"preset": "tiny"}) for each in sweep(HUMP)]
    assert verdict("W1", tiny) == "undecided"
    paper = [each.model_copy(update={"preset": "paper"}) for each in sweep({0.1: 0.1, 0.5: 0.2, 0.9: 0.1})]
    found = next(each for each in ledger([*sweep(HUMP), *paper]) if each.claim.id == "W2")
    assert (found.scale, found.commands[0]) == ("paper", "tombola study density-lenet --preset paper")


def test_what_broke_down_counts_for_nothing() -> None:
    broken = [record("density-lenet", "edge-popup", seed, None, weights=SIGNED, density=0.01) for seed in range(3)]
    assert verdict("W1", [*sweep(HUMP), *broken]) == "confirmed"


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
    mirrored = compare("x", second, first, "below", margin=margin)
    assert mirrored.outcome == found.outcome


def test_only_common_seeds_are_paired_and_one_is_not_enough() -> None:
    assert compare("x", {0: 1.0, 1: 2.0, 5: 9.0}, {0: 0.5, 1: 1.4, 7: 3.0}, "above").replicates == 2
    assert compare("x", {0: 1.0}, {0: 0.0}, "above").outcome == "open"
    assert compare("x", {}, 0.5, "above").difference is None
    assert compare("x", {0: 0.5, 1: 0.51}, 0.5, "equal", margin=0.2).outcome == "for"
    assert fact("so", False, 3).outcome == "against"


def test_every_claim_has_a_rule_and_studies_that_exist() -> None:
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.rule.endswith(".")
        for name in claim.studies:
            assert claim.id in PAPERS[name].claims
    for study in PAPERS.values():
        for claim_id in study.claims:
            assert study.name in next(claim for claim in CLAIMS if claim.id == claim_id).studies


def test_a_decision_as_json() -> None:
    found = to_json(decide(CLAIMS[0], Evidence.among(sweep(HUMP), CLAIMS[0].studies)))
    assert {"id", "verdict", "scale", "replicates", "command", "evidence"} <= found.keys()
    assert found["evidence"][0]["low"] <= found["evidence"][0]["difference"] <= found["evidence"][0]["high"]


def tickets(
    accuracies: dict[int, float], stops: dict[int, int], controls: dict[str, float], moved: float = 1.5
) -> list[StudyRecord]:
    made = []
    for seed in range(3):
        base = json.loads(record("tickets-lenet", "iterative", seed, 0.9).model_dump_json(by_alias=True))
        base["result"]["levels"] = [
            {
                "level": level,
                "density": 0.8**level,
                "kept": 5,
                "prunable": 10,
                "test_accuracy": noisy(value, seed * (1 + (level > 0))),
                "early_stop_step": stops[level] + 10 * seed * (1 + (level > 0)),
            }
            for level, value in accuracies.items()
        ]
        trials = [
            {"level": level, "network": name, "metric": noisy(value, seed * scale)}
            for level in (7, 15)
            for scale, (name, value) in enumerate(({"ticket": 0.97} | controls).items())
        ]
        rows = [{"level": 7, "layer": "a", "kept": moved + 0.1 * seed, "removed": 1.0}]
        base["measured"] = {"controls": {"trials": trials}, "movement": {"rows": rows}}
        made.append(StudyRecord.model_validate_json(json.dumps(base)))
    return made


def test_the_lottery_ticket_claims() -> None:
    stops = {0: 5000, 7: 3000, 9: 3000, 15: 4000}
    controls = {"fresh-weights": 0.95, "random-mask": 0.94}
    good = tickets({0: 0.95, 7: 0.97, 9: 0.97, 15: 0.96}, stops, controls)
    for claim in ("L1", "L2", "L3", "L4", "L6", "L7"):
        assert verdict(claim, good) == "confirmed", claim
    bad = tickets(
        {0: 0.95, 7: 0.93, 9: 0.97, 15: 0.94}, stops | {7: 6000}, {"fresh-weights": 0.98, "random-mask": 0.99}, 0.5
    )
    for claim in ("L1", "L2", "L3", "L4", "L6", "L7"):
        assert verdict(claim, bad) == "refuted", claim


def test_one_shot_fine_tuning_and_equal_weights() -> None:
    def pruned(iterative: float, once: float) -> list[StudyRecord]:
        return [
            record("one-shot-lenet", arm, seed, noisy(value, seed * scale), density=0.2)
            for scale, (arm, value) in enumerate((("iterative", iterative), ("one-shot", once)), 1)
            for seed in range(3)
        ]

    assert (verdict("L5", pruned(0.97, 0.9)), verdict("L5", pruned(0.9, 0.97))) == ("confirmed", "refuted")

    def equal(value: float) -> list[StudyRecord]:
        return [
            record("equal-weights-lenet", arm, seed, noisy(one, seed * scale), weights=weights)
            for arm in ("edge-popup", "dense")
            for scale, (weights, one) in enumerate((("kaiming-constant", value), ("kaiming-normal", 0.95)), 1)
            for seed in range(3)
        ]

    assert (verdict("L9", equal(0.3)), verdict("L9", equal(0.94))) == ("confirmed", "refuted")


def test_criteria_signs_and_learned_masks() -> None:
    def criteria(same: float, large: float) -> list[StudyRecord]:
        return [
            record("criteria-lenet", "runs", seed, noisy(value, seed * scale), criterion=name, mask_1_action=action)
            for scale, (name, value) in enumerate((("large-final-same-sign", same), ("large-final", large)), 1)
            for action in ("rewind", "signed-constant")
            for seed in range(3)
        ]

    assert verdict("S5", criteria(0.88, 0.5)) == "confirmed"
    assert verdict("S5", criteria(0.5, 0.88)) == "refuted"
    assert verdict("S5", criteria(0.7, 0.5)) == "refuted"

    def learned(plain: float, rescaled: float) -> list[StudyRecord]:
        return [
            record("learned-lenet", arm, seed, 0.5, drawn=noisy(value, seed * scale))
            for scale, (arm, value) in enumerate((("plain", plain), ("rescaled", rescaled)), 1)
            for seed in range(3)
        ]

    assert verdict("S6", learned(0.965, 0.98)) == "confirmed"
    assert verdict("S6", learned(0.98, 0.9)) == "refuted"


def test_the_independent_study() -> None:
    whole = tuple(itertools.product((50, 100, 150), (5, 15, 25)))

    def study(
        loss: float, threshold: float, stop: int, sizes: tuple[tuple[int, int], ...] = ((200, 30), *whole)
    ) -> list[StudyRecord]:
        made = []
        for seed in range(4):
            base = json.loads(record("independent-study", "ticket", seed, 0.97).model_dump_json(by_alias=True))
            base["result"] |= {"test_loss": loss + 0.001 * seed}
            base["result"]["figures"] = {
                "sweep": [
                    {"threshold": 0.0, "density": 0.645 + 0.001 * seed},
                    {"threshold": 0.2, "density": 0.04 + 0.001 * seed},
                ],
                "chosen": {"threshold": threshold + 0.001 * seed, "test_accuracy": 0.42 + 0.01 * seed},
                "early_stop": {"step": stop + 10 * seed, "test_accuracy": 0.977 + 0.0001 * seed},
            }
            made.append(StudyRecord.model_validate_json(json.dumps(base)))
            for size in sizes:
                hidden: dict[str, Any] = {"model_arguments.hidden": list(size)}
                other = json.loads(
                    record("independent-study", "dense", seed, 0.97, **hidden).model_dump_json(by_alias=True)
                )
                other["result"] |= {"test_loss": 0.11 + 0.002 * seed}
                made.append(StudyRecord.model_validate_json(json.dumps(other)))
        return made

    good, bad = study(0.09, 0.05, 5000), study(0.2, 0.19, 9000)
    assert [verdict(claim, good) for claim in ("S1", "S2", "S3", "S4")] == ["confirmed"] * 4
    assert [verdict(claim, bad) for claim in ("S2", "S3", "S4")] == ["refuted"] * 3
    assert verdict("S4", study(0.09, 0.05, 5000, sizes=whole)) == "undecided", "one comparison has nothing to compare"


def test_the_ledger_as_markdown() -> None:
    text = as_markdown(ledger(sweep(HUMP)))
    rows = [line for line in text.splitlines() if line.startswith(("| [W", "| W"))]
    assert len(rows) == sum(claim.id.startswith("W") for claim in CLAIMS)
    assert "| [W1](#w1) | A random network contains" in text
    assert "## W1\n" in text
    assert all(line.count("|") - line.count("\\|") == 6 for line in rows)
