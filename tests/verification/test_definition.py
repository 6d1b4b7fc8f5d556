import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.verification import DEFINITIONS, SUPERMASK, Condition, Definition, definition_named, lottery_ticket

ends = st.floats(-10, 10)


@pytest.mark.parametrize(
    ("low", "high", "margin", "strictly", "outcome"),
    [
        (-0.002, 0.01, 0.003, False, "holds"),
        (-0.004, 0.01, 0.003, False, "open"),
        (-0.009, -0.004, 0.003, False, "fails"),
        (-0.003, 0.0, 0.003, False, "holds"),  # level at the margin is as good
        (-0.009, -0.003, 0.003, False, "open"),
        (0.0, 0.0, 0.0, False, "holds"),  # as many iterations are "at most as many"
        (0.0, 0.0, 0.0, True, "fails"),  # but no better accuracy
        (0.0, 0.1, 0.0, True, "open"),
        (1e-9, 0.1, 0.0, True, "holds"),
        (-0.1, 0.0, 0.0, True, "fails"),
        (-0.1, 0.0, 0.0, False, "open"),
    ],
)
def test_outcomes(low: float, high: float, margin: float, strictly: bool, outcome: str) -> None:
    assert Condition("dense", "metric", margin, strictly).outcome(low, high) == outcome


@given(ends, ends, st.floats(0, 5), st.booleans())
def test_the_outcome_is_that_of_every_value_in_the_interval(
    one: float, other: float, margin: float, strictly: bool
) -> None:
    low, high = sorted((one, other))
    values = {low, high, *(value for value in (-margin, (low + high) / 2) if low <= value <= high)}
    met = {value > -margin if strictly else value >= -margin for value in values}
    expected = "open" if len(met) == 2 else "holds" if met == {True} else "fails"
    assert Condition("dense", "metric", margin, strictly).outcome(low, high) == expected


def test_the_definitions() -> None:
    assert list(DEFINITIONS) == ["lottery-ticket", "supermask"]
    assert definition_named("supermask") is SUPERMASK
    assert definition_named("lottery-ticket") == lottery_ticket()
    assert lottery_ticket().conditions == (
        Condition("dense", "metric", 0.003, strictly=False),
        Condition("dense", "iterations", 0.0, strictly=False),
    )
    assert SUPERMASK.conditions == (
        Condition("random-mask", "metric", 0.0, strictly=True),
        Condition("chance", "metric", 0.0, strictly=True),
    )
    with pytest.raises(UsageError, match="unknown definition 'lottery': did you mean 'lottery-ticket'"):
        definition_named("lottery")


def test_a_lottery_ticket_says_its_margins() -> None:
    assert "up to 0.003, in at most its iterations." in lottery_ticket().title
    changed = lottery_ticket(0.01, 100)
    assert [condition.margin for condition in changed.conditions] == [0.01, 100]
    assert "up to 0.01, in at most its iterations and 100 more." in changed.title


@pytest.mark.parametrize("margin", [-0.1, math.inf, math.nan])
def test_margins_that_are_none(margin: float) -> None:
    with pytest.raises(UsageError, match="expected a number, 0 or more"):
        Condition("dense", "metric", margin)


def test_a_measure_that_is_none() -> None:
    measure: Any = "accuracy"
    with pytest.raises(UsageError, match="unknown measure 'accuracy'"):
        Condition("dense", measure)


def test_a_definition_has_conditions_each_once() -> None:
    with pytest.raises(UsageError, match="has no conditions: every ticket would win"):
        Definition("any", "Anything.", ())
    with pytest.raises(UsageError, match="asks twice about loss of dense"):
        Definition("twice", "Twice.", (Condition("dense", "loss"), Condition("dense", "loss", 0.1)))
