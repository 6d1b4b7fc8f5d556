"""How densities fall from level to level: powers, and the level at which many layers together have a density."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.masks.schedule import density_at, level_of

fractions = st.floats(0.01, 0.95)
sizes = st.integers(1, 10**7)


def together(level: float, removed: dict[str, float], counts: dict[str, int]) -> float:
    """The density of all layers, by logarithms: no power of a power."""
    kept = [count * math.exp(level * math.log1p(-removed[name])) for name, count in counts.items()]
    return math.fsum(kept) / sum(counts.values())


@given(fractions, st.integers(0, 40))
def test_a_level_removes_its_fraction_of_what_remained(fraction: float, level: int) -> None:
    left = 1.0
    for _ in range(level):
        left -= fraction * left
    assert density_at(level, fraction) == pytest.approx(left, rel=1e-9)


def test_the_densities_of_the_paper() -> None:
    assert [round(density_at(level, 0.2), 3) for level in (0, 1, 2, 3, 7, 9, 12)] == [
        1.0,
        0.8,
        0.64,
        0.512,
        0.21,
        0.134,
        0.069,
    ]


@pytest.mark.parametrize("level", [0, 0.3, 1, 1000, 1e6])
def test_what_loses_nothing_stays_whole_exactly(level: float) -> None:
    assert density_at(level, 0.0) == 1.0


@given(fractions, st.floats(0.0, 30.0))
def test_the_level_of_one_layer_is_the_logarithm(fraction: float, level: float) -> None:
    density = (1 - fraction) ** level
    assert level_of(density, {"a": fraction}, {"a": 1000}) == pytest.approx(level, rel=1e-6, abs=1e-6)


@given(st.lists(st.tuples(fractions, sizes), min_size=1, max_size=5), st.floats(0.001, 0.999))
def test_at_that_level_all_layers_together_have_the_density(layers: list[tuple[float, int]], density: float) -> None:
    removed = {str(index): fraction for index, (fraction, _) in enumerate(layers)}
    counts = {str(index): size for index, (_, size) in enumerate(layers)}
    level = level_of(density, removed, counts)
    assert together(level, removed, counts) == pytest.approx(density, rel=1e-9)
    assert together(level + 0.01, removed, counts) < density < together(max(0.0, level - 0.01), removed, counts)


def test_layers_that_lose_nothing_bound_the_density() -> None:
    removed, counts = {"a": 0.2, "head": 0.0}, {"a": 900, "head": 100}
    level = level_of(0.19, removed, counts)  # 0.1 of the head and 0.09 of what is 0.9
    assert level == pytest.approx(math.log(0.1) / math.log(0.8))
    assert level_of(0.09, removed, counts) == math.inf
    assert level_of(0.5, {"a": 0.0}, {"a": 10}) == math.inf


@pytest.mark.parametrize("removed", [0.0, 0.2])
def test_nothing_has_to_be_removed_for_the_whole(removed: float) -> None:
    assert level_of(1.0, {"a": removed}, {"a": 10}) == 0.0
