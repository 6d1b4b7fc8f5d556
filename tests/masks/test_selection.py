"""Counts, budgets, N:M and the two scopes."""

import math
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.masks import allocate, kept_count, n_of_m_mask, select_global, select_layerwise

shapes = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.integers(1, 12), min_size=1, max_size=4).map(tuple), min_size=1
)
densities = st.floats(0.001, 1.0)


def test_counts_that_truncation_gets_wrong() -> None:
    assert kept_count(1 - 0.9, 10) == 1
    assert kept_count(1 - 0.9, 1000) == 100
    assert kept_count(0.5, 266_200) == 133_100


@given(densities, st.integers(1, 10**6))
def test_count_is_the_rounded_product_and_at_least_one(density: float, size: int) -> None:
    count = kept_count(density, size)
    assert 1 <= count <= size
    assert count == 1 or abs(Fraction(density) * size - count) <= Fraction(1, 2) + Fraction(1, 10**6)


@pytest.mark.parametrize("density", [0, -1, 30, float("nan"), float("inf")])
def test_what_is_no_density(density: float) -> None:
    with pytest.raises(UsageError, match="expected 0 < density <= 1"):
        kept_count(density, 10)


@pytest.mark.parametrize("density", [True, "half"])
def test_what_is_no_number(density: float) -> None:
    with pytest.raises(UsageError, match="expected a number, 0 < density <= 1"):
        kept_count(density, 10)


@given(shapes, densities)
def test_uniform_is_the_count_of_each_layer(layers: dict[str, tuple[int, ...]], density: float) -> None:
    counts = allocate("uniform", layers, density)
    assert counts == {name: kept_count(density, math.prod(shape)) for name, shape in layers.items()}


@given(shapes, densities)
def test_erk_spends_its_budget_exactly(layers: dict[str, tuple[int, ...]], density: float) -> None:
    sizes = {name: math.prod(shape) for name, shape in layers.items()}
    counts = allocate("erk", layers, density)
    assert sum(counts.values()) == max(kept_count(density, sum(sizes.values())), len(sizes))
    assert all(1 <= counts[name] <= sizes[name] for name in sizes)


def test_erk_follows_its_formula_where_no_layer_is_dense() -> None:
    layers = {"a": (64, 32, 3, 3), "b": (128, 64, 3, 3), "c": (10, 1000)}
    raw = {name: sum(shape) for name, shape in layers.items()}
    budget = kept_count(0.02, sum(math.prod(shape) for shape in layers.values()))
    counts = allocate("erk", layers, 0.02)
    for name in layers:
        assert abs(counts[name] - budget * raw[name] / sum(raw.values())) < 1


def test_unknown_allocation() -> None:
    with pytest.raises(UsageError, match="unknown allocation 'urk': did you mean 'erk'"):
        allocate("urk", {"a": (2, 2)}, 0.5)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(0, 2))
def test_n_of_m_by_hand(keep: int, groups: int, dim: int) -> None:
    scores = torch.randint(0, 3, (4 * groups, 4 * groups, 4 * groups)).float()
    mask = n_of_m_mask(scores, keep, 4, dim).movedim(dim, -1).reshape(-1, 4)
    for group, kept in zip(scores.movedim(dim, -1).reshape(-1, 4).tolist(), mask.tolist(), strict=True):
        best = sorted(range(4), key=lambda i: (-group[i], i))[:keep]
        assert [i for i in range(4) if kept[i]] == sorted(best)


@pytest.mark.parametrize(("keep", "group", "message"), [(3, 2, "1 <= keep"), (0, 4, "1 <= keep"), (2, 5, "size 8")])
def test_n_of_m_that_does_not_fit(keep: int, group: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        n_of_m_mask(torch.randn(2, 8), keep, group)


def test_scopes() -> None:
    scores = {"a": torch.tensor([[1.0, 5.0]]), "b": torch.tensor([5.0, 5.0, 0.0])}
    layerwise = select_layerwise(scores, {"a": 1, "b": 1})
    assert [layerwise[name].tolist() for name in "ab"] == [[[False, True]], [True, False, False]]
    everywhere = select_global(scores, 2)
    assert [everywhere[name].tolist() for name in "ab"] == [[[False, True]], [True, False, False]]
    with pytest.raises(UsageError, match="no count for b"):
        select_layerwise(scores, {"a": 1})
