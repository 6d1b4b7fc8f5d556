"""The rules of the claims on supermasks: made-up records for and against each."""

import itertools
import json
from typing import Any

from tests.claims.judged_records import noisy, record, verdict

from tombola.claims import CLAIMS, Evidence, decide
from tombola.records import StudyRecord


def criteria(
    same: float, large: float, study: str = "criteria-lenet", preset: str = "laptop", **point: str
) -> list[StudyRecord]:
    return [
        record(study, "runs", seed, noisy(value, seed * scale), preset, criterion=name, mask_1_action=action, **point)
        for scale, (name, value) in enumerate((("large-final-same-sign", same), ("large-final", large)), 1)
        for action in ("rewind", "signed-constant")
        for seed in range(3)
    ]


def test_figures_of_long_trainings_may_be_reached_by_short_ones_and_not_missed() -> None:
    """30% with signed constants is above large final, and far below the 41% of a whole training."""
    for preset, expected in (("laptop", "undecided"), ("full", "undecided"), ("paper", "refuted")):
        assert verdict("S5", criteria(0.3, 0.2, "criteria", preset, model="conv6")) == expected
        assert verdict("S5", criteria(0.7, 0.5, preset=preset)) == expected
        assert verdict("S5", criteria(0.42, 0.2, "criteria", preset, model="conv6")) == "confirmed"
    assert verdict("S5", [*criteria(0.88, 0.5), *criteria(0.3, 0.2, "criteria", model="conv6")]) == "undecided"
    assert verdict("S5", criteria(0.2, 0.3, "criteria", model="conv6")) == "refuted"
    for records in (criteria(0.88, 0.5), criteria(0.42, 0.2, "criteria", "paper", model="conv6")):
        without = [each for each in records if each.point["mask_1_action"] == "rewind"]
        assert verdict("S5", without) == "undecided", "what the figure is of is missing"


def test_criteria_by_sign() -> None:
    assert verdict("S5", criteria(0.88, 0.5)) == "confirmed"
    assert verdict("S5", criteria(0.5, 0.88)) == "refuted"


def learned(plain: float, rescaled: float, weights: str, preset: str = "laptop") -> list[StudyRecord]:
    return [
        record("learned-lenet", arm, seed, 0.5, preset, drawn=noisy(value, seed * scale), weights=weights)
        for scale, (arm, value) in enumerate((("plain", plain), ("rescaled", rescaled)), 1)
        for seed in range(3)
    ]


def test_learned_masks() -> None:
    assert verdict("S6", learned(0.96, 0.98, "glorot-normal")) == "confirmed"
    assert verdict("S6", learned(0.98, 0.9, "glorot-normal")) == "refuted"
    for preset, expected in (("laptop", "undecided"), ("paper", "refuted")):
        assert verdict("S6", learned(0.9, 0.98, "glorot-normal", preset)) == expected
    constant = learned(0.9, 0.93, "signed-glorot-constant", "paper")
    assert verdict("S6", constant) == "undecided", "figures known from memory, 96.4 and 98.0, decide nothing"
    both = [*learned(0.96, 0.98, "glorot-normal"), *learned(0.9, 0.93, "signed-glorot-constant")]
    assert verdict("S6", both) == "confirmed", "where another is known"
    elsewhere = [each.model_copy(update={"study": "learned"}) for each in constant]
    assert verdict("S6", [*both, *elsewhere]) == "undecided", "a study that no figure was held against"
    (rule,) = (each for each in CLAIMS if each.id == "S6")
    decision = decide(rule, Evidence.among(elsewhere, rule.studies))
    assert "4 of 5 comparisons have nothing to compare" in decision.reason, "Conv2, Conv4 twice and Conv6 were not run"


def test_the_independent_study() -> None:
    whole = tuple(itertools.product((50, 100, 150), (5, 15, 25)))

    def study(
        loss: float,
        threshold: float,
        stop: int,
        sizes: tuple[tuple[int, int], ...] = ((200, 30), *whole),
        accuracy: float = 0.977,
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
                "chosen": {"threshold": threshold + 0.001 * seed, "density": 0.4, "test_accuracy": 0.42 + 0.01 * seed},
                "early_stop": {"step": stop + 10 * seed, "test_accuracy": 0.9 + 0.0001 * seed},
                "baseline": {"step": stop + 10 * seed, "test_accuracy": accuracy + 0.0001 * seed},
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
    assert verdict("S3", study(0.09, 0.05, 5000, accuracy=0.96)) == "refuted"
    assert verdict("S4", study(0.07, 0.05, 5000)) == "refuted", "a loss lower than the study's is another loss"
    late = study(0.09, 0.05, 9000)
    mixed = [each for each in good if each.seed != 3] + [each for each in late if each.seed == 3]
    assert verdict("S3", mixed) == "refuted", "in every seed"
    assert verdict("S4", study(0.09, 0.05, 5000, sizes=whole)) == "undecided", "one comparison has nothing to compare"
