import json
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.verification import (
    SUPERMASK,
    Condition,
    Definition,
    Evidence,
    Trial,
    Verdict,
    decide,
    lottery_ticket,
    paired,
)

DENSE_METRIC = Definition("as-good", "As good as the whole network.", (Condition("dense", "metric"),))


def trials(
    network: str, metrics: Sequence[float], iterations: Sequence[int] | None = None, kept: int = 50, first: int = 0
) -> list[Trial]:
    steps: Sequence[int | None] = iterations or [None] * len(metrics)
    return [
        Trial(first + index, network, metric, 1 - metric, step, kept / 100, kept)
        for index, (metric, step) in enumerate(zip(metrics, steps, strict=True))
    ]


def row(verdict: Verdict, control: str, measure: str | None) -> Evidence:
    (found,) = [row for row in verdict.evidence if (row.control, row.measure) == (control, measure)]
    return found


TICKET = trials("ticket", [0.980, 0.981, 0.979, 0.982], [1200, 1300, 1250, 1260])
DENSE = trials("dense", [0.979, 0.981, 0.9805, 0.981], [4800, 4700, 4600, 4650], kept=100)


def test_a_winning_lottery_ticket() -> None:
    verdict = decide(lottery_ticket(), TICKET + DENSE)
    assert verdict.verdict == "winning"
    outcomes = [(row.control, row.measure, row.outcome, row.condition is not None) for row in verdict.evidence]
    assert outcomes == [
        ("dense", "metric", "holds", True),
        ("dense", "loss", "undecided", False),
        ("dense", "iterations", "holds", True),
    ]
    found = row(verdict, "dense", "metric").paired
    assert found == paired([0.980, 0.981, 0.979, 0.982], [0.979, 0.981, 0.9805, 0.981])


def test_one_condition_that_fails_is_enough() -> None:
    slow = trials("ticket", [0.980, 0.981, 0.979, 0.982], [9000, 9100, 9050, 9010])
    verdict = decide(lottery_ticket(), slow + DENSE)
    assert row(verdict, "dense", "metric").outcome == "holds"
    assert row(verdict, "dense", "iterations").outcome == "fails"
    assert verdict.verdict == "not winning"


def test_as_many_iterations_are_enough() -> None:
    verdict = decide(lottery_ticket(), trials("ticket", [0.9, 0.9], [70, 80]) + trials("dense", [0.9, 0.9], [70, 80]))
    assert verdict.verdict == "winning"


def test_an_interval_across_the_margin_leaves_it_open() -> None:
    wavering = trials("ticket", [0.99, 0.95, 0.98, 0.96], [1200, 1300, 1250, 1260])
    verdict = decide(lottery_ticket(), wavering + DENSE)
    assert row(verdict, "dense", "metric").outcome == "open"
    assert verdict.verdict == "undecided"


def test_a_wider_margin_settles_what_a_narrow_one_leaves_open() -> None:
    wavering = trials("ticket", [0.985, 0.975, 0.98, 0.981], [1200, 1300, 1250, 1260])
    assert decide(lottery_ticket(metric_margin=0.003), wavering + DENSE).verdict == "undecided"
    assert decide(lottery_ticket(metric_margin=0.02), wavering + DENSE).verdict == "winning"


@pytest.mark.parametrize(
    ("random", "chance", "expected"),
    [
        ([0.12, 0.11, 0.13], 0.1, "winning"),
        ([0.91, 0.92, 0.93], 0.1, "not winning"),
        ([0.5, 0.9, 0.1], 0.1, "undecided"),
    ],
)
def test_supermasks(random: list[float], chance: float, expected: str) -> None:
    mask = trials("ticket", [0.90, 0.91, 0.92])
    assert decide(SUPERMASK, mask + trials("random-mask", random), chance=chance).verdict == expected


def test_a_supermask_must_be_better_than_chance_too() -> None:
    both = trials("ticket", [0.09, 0.10, 0.11]) + trials("random-mask", [0.05, 0.06, 0.07])
    verdict = decide(SUPERMASK, both, chance=0.1)
    assert row(verdict, "random-mask", "metric").outcome == "holds"
    assert row(verdict, "chance", "metric").outcome == "open"
    assert verdict.verdict == "undecided"
    assert not row(verdict, "chance", "metric").kept


def test_without_a_chance_level_a_supermask_stays_open() -> None:
    both = trials("ticket", [0.9, 0.91]) + trials("random-mask", [0.1, 0.1])
    verdict = decide(SUPERMASK, both)
    assert verdict.verdict == "undecided"
    assert row(verdict, "chance", "metric").reason == (
        "replicates=0: an interval needs 2 or more; no metric of chance in replicates 0, 1"
    )


def test_the_direction_of_the_metric() -> None:
    errors = trials("ticket", [0.1, 0.11, 0.12]) + trials("dense", [0.2, 0.22, 0.21])
    assert decide(DENSE_METRIC, errors, higher_is_better=False).verdict == "winning"
    assert decide(DENSE_METRIC, errors, higher_is_better=True).verdict == "not winning"
    assert row(decide(DENSE_METRIC, errors, higher_is_better=True), "dense", "loss").outcome == "worse"


def test_pairs_are_made_by_replicate_not_by_order() -> None:
    ticket = trials("ticket", [0.1, 0.5, 0.9])
    dense = [*reversed(trials("dense", [0.0, 0.4, 0.8]))]
    found = row(decide(DENSE_METRIC, ticket + dense), "dense", "metric").paired
    assert found is not None
    assert found.interval.low == pytest.approx(0.1)
    assert found.interval.high == pytest.approx(0.1)


def test_missing_pairs_are_said() -> None:
    more = trials("ticket", [0.1, 0.5, 0.9, 0.7]) + trials("dense", [0.0, 0.4, 0.9], first=2)
    found = row(decide(DENSE_METRIC, more), "dense", "metric")
    assert found.paired is not None
    assert found.paired.n == 2
    assert found.reason == "no metric of dense in replicates 0, 1; no metric of the ticket in replicate 4"


def test_one_replicate_leaves_everything_open() -> None:
    verdict = decide(lottery_ticket(), trials("ticket", [0.9], [5]) + trials("dense", [0.1], [50]))
    assert verdict.verdict == "undecided"
    assert [row.outcome for row in verdict.evidence] == ["open", "undecided", "open"]
    assert all(row.reason == "replicates=1: an interval needs 2 or more" for row in verdict.evidence)


def test_iterations_that_were_not_counted_leave_their_condition_open() -> None:
    verdict = decide(lottery_ticket(), trials("ticket", [0.9, 0.9]) + trials("dense", [0.1, 0.1]))
    assert row(verdict, "dense", "metric").outcome == "holds"
    assert row(verdict, "dense", "iterations").outcome == "open"
    assert verdict.verdict == "undecided"


def test_controls_that_do_not_apply_are_in_the_evidence() -> None:
    reasons = {"dense": "the ticket keeps every weight", "same-signs": "there is one magnitude"}
    verdict = decide(lottery_ticket(), TICKET, not_applicable=reasons)
    assert verdict.verdict == "undecided"
    assert [(row.control, row.measure, row.outcome, row.reason) for row in verdict.evidence] == [
        ("dense", "metric", "not applicable", "the ticket keeps every weight"),
        ("dense", "iterations", "not applicable", "the ticket keeps every weight"),
        ("same-signs", None, "not applicable", "there is one magnitude"),
    ]


def test_a_control_that_applied_in_some_replicates_says_both() -> None:
    some = TICKET + trials("dense", [0.9, 0.91], [5, 6])
    found = row(decide(DENSE_METRIC, some, not_applicable={"dense": "it is whole already"}), "dense", "metric")
    assert found.outcome == "holds"
    assert found.reason == "no metric of dense in replicates 2, 3; it is whole already"


def test_all_that_was_measured_is_in_the_evidence() -> None:
    others = trials("random-mask", [0.5, 0.6, 0.4, 0.5]) + trials("fresh-weights", [0.99, 0.995, 0.99, 0.991])
    verdict = decide(lottery_ticket(), TICKET + DENSE + others, chance=0.1)
    outcomes = {(row.control, row.measure): row.outcome for row in verdict.evidence}
    assert outcomes[("random-mask", "metric")] == "better"
    assert outcomes[("random-mask", "loss")] == "better"
    assert outcomes[("fresh-weights", "metric")] == "worse"
    assert outcomes[("fresh-weights", "loss")] == "worse"
    assert outcomes[("chance", "metric")] == "better"
    assert len(outcomes) == 3 + 2 + 2 + 1


def test_the_json() -> None:
    verdict = decide(lottery_ticket(), TICKET + DENSE, not_applicable={"same-signs": "one magnitude"})
    content = json.loads(json.dumps(verdict.to_json(), allow_nan=False))
    assert list(content) == ["verdict", "definition", "evidence"]
    assert content["verdict"] == "winning"
    assert content["definition"]["name"] == "lottery-ticket"
    first, last = content["evidence"][0], content["evidence"][-1]
    assert list(first) == list(last)
    assert first | {"low": None, "high": None, "effect_size": None} == {
        "control": "dense",
        "measure": "metric",
        "ticket": pytest.approx(0.9805),
        "control_value": pytest.approx(0.980375),
        "difference": pytest.approx(0.000125),
        "low": None,
        "high": None,
        "level": 0.95,
        "interval": "t",
        "replicates": 4,
        "effect_size": None,
        "higher_is_better": True,
        "outcome": "holds",
        "reason": "",
        "in_definition": True,
        "margin": 0.003,
        "control_kept": [100],
    }
    assert first["low"] < first["difference"] < first["high"]
    assert last["control"] == "same-signs"
    assert last["outcome"] == "not applicable"
    assert last["ticket"] is None
    assert last["replicates"] == 0


def test_the_interval_asked_for_is_the_one_that_is_made() -> None:
    verdict = decide(lottery_ticket(), TICKET + DENSE, level=0.8, method="bootstrap", seed=3)
    first, second = [trial.metric for trial in TICKET], [trial.metric for trial in DENSE]
    assert row(verdict, "dense", "metric").paired == paired(first, second, level=0.8, method="bootstrap", seed=3)


def test_the_text() -> None:
    verdict = decide(lottery_ticket(), TICKET + DENSE, not_applicable={"same-signs": "there is one magnitude"})
    assert verdict.as_text() == (
        "lottery-ticket: winning\n"
        "Trained in isolation, the ticket is at least as good as the whole network, up to\n"
        "0.003, in at most its iterations.\n"
        "\n"
        "                ticket   control difference           95% interval   n\n"
        "dense (100 weights)\n"
        "* metric        0.9805    0.9804   1.25e-04  -0.001755 to 0.002005   4 holds\n"
        "  loss          0.0195   0.01963  -1.25e-04  -0.002005 to 0.001755   4 undecided\n"
        "* iterations      1252      4688      -3435         -3613 to -3257   4 holds\n"
        "same-signs\n"
        "  not applicable\n"
        "    there is one magnitude\n"
        "\n"
        "* a condition of the definition; difference = ticket - control; n replicates\n"
    )


numbers = st.floats(-1e12, 1e12).map(lambda value: round(value, 9))


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=4), st.text("abc ", max_size=200))
def test_no_line_of_the_text_is_longer_than_80(values: list[tuple[float, float]], reason: str) -> None:
    ticket = [Trial(i, "ticket", x, x, 10**9, 0.5, 10**9) for i, (x, _) in enumerate(values)]
    dense = [Trial(i, "dense-equal-parameters", y, y, 1, 1.0, 10**9 + i) for i, (_, y) in enumerate(values)]
    text = decide(lottery_ticket(), ticket + dense, not_applicable={"same-signs": reason}).as_text()
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_trials_that_are_no_numbers(value: float) -> None:
    with pytest.raises(UsageError, match=f"the loss of dense in replicate 3 is {value}: expected a finite number"):
        Trial(3, "dense", 0.5, value, None, 1.0, 10)


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no trial of the ticket"):
        decide(lottery_ticket(), DENSE)
    with pytest.raises(UsageError, match="dense occurs twice in replicate 0"):
        decide(lottery_ticket(), TICKET + DENSE + DENSE[:1])
    with pytest.raises(UsageError, match="chance=nan: expected a finite number, or None"):
        decide(SUPERMASK, TICKET, chance=math.nan)
