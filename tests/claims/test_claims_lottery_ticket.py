"""The rules of the claims on tickets that are trained: made-up records for and against each."""

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.claims.judged_records import noisy, record, verdict

from tombola.claims import CLAIMS, Evidence, Finding, decide
from tombola.models import make
from tombola.records import StudyRecord
from tombola.search import IterativeMagnitude, preset_named
from tombola.studies.papers import PAPERS
from tombola.subnetwork import prunable_layout

TRIAL: dict[str, Any] = {"loss": 0.1, "iterations": 5000, "density": 0.2, "kept": 5}


def tickets(
    accuracies: dict[int, float],
    stops: dict[int, int],
    controls: dict[str, float],
    moved: float = 1.5,
    *,
    study: str = "tickets-lenet",
    kept: float = 0.8,
    measured: tuple[int, ...] = (7, 15),
    **point: str,
) -> list[StudyRecord]:
    """Runs that keep the fraction `kept` a level; controls are trained at the levels `measured`."""
    made = []
    for seed in range(3):
        base = json.loads(record(study, "iterative", seed, 0.9, **point).model_dump_json(by_alias=True))
        base["result"]["levels"] = [
            {
                "level": level,
                "density": kept**level,
                "kept": 5,
                "prunable": 10,
                "test_accuracy": noisy(value, seed * (1 + (level > 0))),
                "early_stop_step": stops[level] + 10 * seed * (1 + (level > 0)),
            }
            for level, value in accuracies.items()
        ]
        trials = [
            TRIAL | {"level": level, "network": name, "metric": noisy(value, seed * scale)}
            for level in measured
            for scale, (name, value) in enumerate(({"ticket": 0.97} | controls).items())
        ]
        rows = [{"level": measured[0], "layer": "a", "density": 0.2, "kept": moved + 0.1 * seed, "removed": 1.0}]
        base["measured"] = {"controls": {"trials": trials}, "movement": {"rows": rows}}
        made.append(StudyRecord.model_validate_json(json.dumps(base)))
    return made


STOPS = {0: 5000, 7: 3000, 8: 3000, 9: 3000, 10: 3000, 15: 4000}
LEVELS = {0: 0.95, 7: 0.97, 8: 0.97, 9: 0.97, 10: 0.97, 15: 0.96}
CONTROLS = {"dense": 0.965, "fresh-weights": 0.95, "random-mask": 0.94}


def findings(claim: str, records: list[StudyRecord]) -> tuple[Finding, ...]:
    """What a claim's rule finds in records."""
    (rule,) = (each for each in CLAIMS if each.id == claim)
    return decide(rule, Evidence.among(records, rule.studies)).findings


def test_the_lottery_ticket_claims() -> None:
    good = tickets(LEVELS, STOPS, CONTROLS)
    for claim in ("L1", "L2", "L3", "L4", "L6"):
        assert verdict(claim, good) == "confirmed", claim
    controls = {"dense": 0.965, "fresh-weights": 0.98, "random-mask": 0.99}
    bad = tickets(LEVELS | {7: 0.93, 10: 0.93, 15: 0.9}, STOPS | {7: 6000}, controls, 0.5)
    for claim in ("L1", "L2", "L3", "L4", "L6", "L7"):
        assert verdict(claim, bad) == "refuted", claim


def test_what_was_published_is_told_and_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    records = tickets(LEVELS, STOPS, CONTROLS)
    told = {claim: findings(claim, records) for claim in ("L1", "L2", "L3", "L4")}
    texts = [found.text for each in told.values() for found in each]
    assert [text.partition(" (")[2] for text in texts if "published" in text] == [
        "published gain over dense: more than +0.30 pp, third party)",
        "published gain over dense: +0.00 pp, third party)",
        "published iterations over dense: 62%, third party)",
        "published gain over fresh weights: +0.50 pp, third party)",
    ]
    monkeypatch.setattr("tombola.claims.published.PUBLISHED", ())
    for claim, before in told.items():
        after = findings(claim, records)
        assert not any("published" in found.text for found in after)
        assert [replace(found, text="") for found in after] == [replace(found, text="") for found in before]


def test_fresh_weights_are_far_worse() -> None:
    """More than a match below the ticket, and at the small density below the dense network too."""
    near = tickets(LEVELS, STOPS, CONTROLS | {"fresh-weights": 0.98})
    assert verdict("L4", near) == "refuted"
    above = CONTROLS | {"dense": 0.93}
    assert verdict("L4", tickets(LEVELS, STOPS, above)) == "refuted", "above the dense network"
    assert verdict("L4", tickets(LEVELS, STOPS, CONTROLS, measured=(7,))) == "undecided", "nothing was trained at 0.036"


def test_small_tickets_match_in_as_many_iterations() -> None:
    assert verdict("L2", tickets(LEVELS, STOPS | {15: 9000}, CONTROLS)) == "refuted"
    assert verdict("L2", tickets(LEVELS, STOPS | {7: 9000}, CONTROLS)) == "confirmed", "of the small one alone"


def test_levels_are_found_by_their_density() -> None:
    """A run that prunes 40% a level has tickets of densities 0.21 and 0.13 at levels 3 and 4, and none of 0.036."""
    steep: dict[str, Any] = {"study": "tickets", "model": "conv2", "kept": 0.6, "measured": (3,)}
    stops = {0: 5000, 1: 9000, 3: 3000, 4: 3000, 7: 9000}
    good = tickets({0: 0.6, 1: 0.1, 3: 0.65, 4: 0.65, 7: 0.1}, stops, CONTROLS, **steep)
    for claim in ("L3", "L6"):
        assert verdict(claim, good) == "confirmed", claim
    for claim in ("L1", "L2", "L4"):
        assert verdict(claim, good) == "undecided", f"{claim}: there are densities without a ticket"
    lenet = tickets(LEVELS, STOPS, CONTROLS)
    for claim in ("L1", "L4"):
        assert verdict(claim, [*good, *lenet]) == "confirmed", claim
    assert verdict("L1", tickets({0: 0.6, 3: 0.65, 4: 0.5}, stops, CONTROLS, **steep)) == "refuted"


def test_every_network_counts() -> None:
    good = tickets(LEVELS, STOPS, CONTROLS, measured=(7,))
    worse = {level: value if level == 0 else 0.9 for level, value in LEVELS.items()}
    bad = tickets(worse, STOPS, CONTROLS, measured=(7,), study="tickets", model="conv2")
    assert (verdict("L1", good), verdict("L1", [*good, *bad])) == ("confirmed", "refuted")


def test_the_full_study_trains_controls_at_the_densities_that_the_rules_ask_for() -> None:
    """Of each network the level nearest to 0.21 and to 0.036, reckoned from the layers' sizes and fractions."""
    (controls, _) = PAPERS["tickets"].measures
    trained: Any = controls["levels"]
    for name in ("conv2", "conv4", "conv6"):
        method = preset_named("lottery-ticket", name).method_with({"levels": 24})
        assert isinstance(method, IterativeMagnitude)
        levels = method.schedule(prunable_layout(make(name)))
        sizes = {key: value.numel() for key, value in make(name).named_parameters()}
        for asked in (0.21, 0.036):
            reached = {
                level.index: sum(level.densities[key] * size for key, size in sizes.items()) / sum(sizes.values())
                for level in levels
            }
            nearest = min(reached, key=lambda index: abs(reached[index] - asked))
            assert abs(reached[nearest] / asked - 1) < 0.1
            assert nearest in trained, (name, asked)


def tuned(study: str, value: float, fresh: float = 0.8, isolated: float = 0.905, **point: str) -> list[StudyRecord]:
    """Fine-tuned networks, whose dense ones are at 0.9, beside their masks trained from fresh weights."""
    made = []
    for seed in range(3):
        base = json.loads(
            record(study, "fine-tuning", seed, noisy(value, 2 * seed), **point).model_dump_json(by_alias=True)
        )
        row = {"kept": 10, "prunable": 10}
        base["result"]["levels"] = [
            row | {"level": 0, "density": 1.0, "test_accuracy": noisy(0.9, seed)},
            row | {"level": 1, "density": 0.1, "test_accuracy": noisy(value, 2 * seed)},
        ]
        trials: list[dict[str, Any]] = [
            TRIAL | {"level": None, "network": name, "metric": metric}
            for name, metric in (("ticket", noisy(isolated, 2 * seed)), ("fresh-weights", noisy(fresh, seed)))
        ]
        base["measured"] = {"controls": {"trials": trials}}
        made.append(StudyRecord.model_validate_json(json.dumps(base)))
    return made


def test_nine_of_ten_connections() -> None:
    lenet = tuned("fine-tuning-lenet", 0.905)
    assert verdict("L8", lenet) == "confirmed"
    assert verdict("L8", [*lenet, *tuned("fine-tuning-lenet", 0.95, density="0.05")]) == "undecided", "which of both?"
    assert verdict("L8", [*lenet, *tuned("fine-tuning", 0.8, model="conv4")]) == "refuted"


def test_a_sparse_architecture_from_scratch() -> None:
    lenet, good = tickets(LEVELS, STOPS, CONTROLS), tuned("fine-tuning-lenet", 0.905)
    assert verdict("L7", [*lenet, *good]) == "confirmed"
    assert verdict("L7", [*lenet, *tuned("fine-tuning-lenet", 0.905, fresh=0.95)]) == "refuted"
    apart = tuned("fine-tuning-lenet", 0.95, fresh=0.92)
    assert verdict("L7", [*lenet, *apart]) == "refuted", "both are trained in isolation"
    without = [each.model_copy(update={"measured": lenet[0].measured}) for each in good]
    assert verdict("L7", [*lenet, *without]) == "undecided", "nothing was trained from scratch"


def test_smaller_tickets() -> None:
    def pruned(
        iterative: float, once: float, dense: float, stops: tuple[int, int] = (7000, 10_000)
    ) -> list[StudyRecord]:
        made = []
        arms = zip(("iterative", "one-shot"), (iterative, once), stops, strict=True)
        for scale, (arm, value, stop) in enumerate(arms, 1):
            for seed, density in itertools.product(range(3), (0.2, 0.036)):
                reached = noisy(value if density < 0.1 else 0.5, seed * scale)
                base = json.loads(
                    record("one-shot-lenet", arm, seed, reached, density=density).model_dump_json(by_alias=True)
                )
                row = {"level": 0, "density": 1.0, "kept": 10, "prunable": 10, "test_accuracy": noisy(dense, seed)}
                ticket = {"level": 1, "density": density, "kept": 1, "prunable": 10, "test_accuracy": reached}
                base["result"]["levels"] = [row, ticket | {"early_stop_step": stop + 10 * seed * scale}]
                made.append(StudyRecord.model_validate_json(json.dumps(base)))
        return made

    assert verdict("L5", pruned(0.97, 0.9, 0.965)) == "confirmed"
    assert verdict("L5", pruned(0.97, 0.9, 0.99)) == "refuted", "neither is a match"
    assert verdict("L5", pruned(0.99, 0.98, 0.965)) == "refuted", "both match at this density"
    assert verdict("L5", pruned(0.97, 0.9, 0.965, (10_000, 7000))) == "refuted", "one-shot learns faster"
    assert verdict("L5", [each for each in pruned(0.97, 0.9, 0.965) if each.arm == "iterative"]) == "undecided"


def test_equal_weights() -> None:
    def equal(value: float, zero: float = 0.1) -> list[StudyRecord]:
        found = {"zeros": zero, "kaiming-constant": value, "kaiming-normal": 0.95}
        return [
            record("equal-weights-lenet", arm, seed, noisy(one, seed * scale), weights=weights)
            for arm in ("edge-popup", "dense")
            for scale, (weights, one) in enumerate(found.items(), 1)
            for seed in range(3)
        ]

    assert (verdict("L9", equal(0.1)), verdict("L9", equal(0.94))) == ("confirmed", "refuted")
    assert verdict("L9", equal(0.3)) == "refuted", "edge-popup tells subnetworks apart"
    assert verdict("L9", equal(0.1, zero=0.94)) == "refuted", "zeros too"
    drawn = [each for each in equal(0.1) if each.point["weights"] != "zeros"]
    assert verdict("L9", drawn) == "undecided", "of zeros nothing is known"
    apart = [record("equal-weights-lenet", "edge-popup", 3, 0.35, weights="kaiming-constant")]
    assert verdict("L9", [*equal(0.1), *apart]) == "refuted", "one subnetwork that differs is enough"
