"""Recipes by name and from JSON, hostile JSON included."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.weights import RECIPES, KaimingNormal, Own, Recipe, recipe, recipe_from_spec

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@pytest.mark.parametrize("name", RECIPES)
@given(seed=st.integers(0, 2**64 - 1), scaled=st.booleans())
def test_specs_come_back(name: str, seed: int, scaled: bool) -> None:
    made = recipe(name, seed=seed, scaled=scaled)
    again = recipe_from_spec(json.loads(json.dumps(made.to_spec())))
    assert (again, type(again), again.name) == (made, RECIPES[name], name)


def test_near_names_are_offered() -> None:
    with pytest.raises(UsageError, match="did you mean 'kaiming-normal'"):
        recipe("kaiming-norml")


def test_arguments_of_another_recipe_are_refused() -> None:
    with pytest.raises(UsageError, match="torch-default take no fan: expected seed, scaled"):
        recipe("torch-default", fan="fan_in")


GOOD = KaimingNormal(seed=3).to_spec()


@pytest.mark.parametrize("key", ["distribution", "seed", "fan", "scaled"])
def test_nothing_may_be_missing(key: str) -> None:
    with pytest.raises(UsageError, match=key):
        recipe_from_spec({other: value for other, value in GOOD.items() if other != key})


@given(st.sampled_from([*GOOD, "more"]), ANYTHING)
def test_any_value_is_a_recipe_or_a_usage_error(key: str, value: Any) -> None:
    try:
        made = recipe_from_spec({**GOOD, key: value})
    except UsageError:
        return
    assert isinstance(made, Recipe)
    assert made.to_spec() == {**GOOD, key: value}


@given(ANYTHING)
def test_anything_at_all_is_refused_in_our_own_words(spec: Any) -> None:
    with pytest.raises(UsageError):
        recipe_from_spec(spec)


def test_own_is_no_recipe() -> None:
    assert Own() == Own()
    assert Own.name not in RECIPES
