"""Which density every layer has at every level: known before anything is trained, and refused where it cannot be."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tombola import models
from tombola.errors import UsageError
from tombola.masks import kept_count
from tombola.search import IterativeMagnitude
from tombola.search.parts.pruning_schedule import Level, levels_of
from tombola.subnetwork import Layout, prunable_layout

LAYOUT = Layout(("fc1.weight", "fc2.weight", "fc3.weight"), ((30, 72), (20, 30), (10, 20)))


def asked(schedule: tuple[Level, ...], name: str) -> list[float]:
    return [level.densities[name] for level in schedule]


def kept(level: Level, layout: Layout = LAYOUT) -> dict[str, int]:
    return {name: kept_count(density, layout.sized[name]) for name, density in level.densities.items()}


def lenet() -> Layout:
    with torch.device("meta"):
        return prunable_layout(models.make("lenet-300-100"))


def test_every_level_removes_the_fraction_of_what_remained() -> None:
    schedule = IterativeMagnitude(levels=4, prune_fraction=0.3).schedule(LAYOUT)
    assert [level.index for level in schedule] == [1, 2, 3, 4]
    for level in schedule:
        assert list(level.densities) == list(LAYOUT.names)
        assert kept(level) == {name: round((1 - 0.3) ** level.index * size) for name, size in LAYOUT.sized.items()}


def test_a_fifth_to_a_density_of_a_fifth_where_nothing_is_said() -> None:
    schedule = IterativeMagnitude().schedule(LAYOUT)
    assert len(schedule) == math.ceil(math.log(0.2) / math.log(0.8)) == 8
    assert asked(schedule, "fc1.weight")[:7] == [0.8**level for level in range(1, 8)]
    assert set(schedule[-1].densities.values()) == {0.2}


def test_layers_differ_and_a_later_pattern_wins() -> None:
    method = IterativeMagnitude(levels=2, prune_fraction=0.2, layer_prune_fraction={"fc*": 0.5, "fc3": 0.1})
    assert kept(method.schedule(LAYOUT)[1]) == {"fc1.weight": 540, "fc2.weight": 150, "fc3.weight": 162}
    method = IterativeMagnitude(levels=2, layer_prune_fraction={"fc3": 0.1, "fc*": 0.5})
    assert kept(method.schedule(LAYOUT)[1])["fc3.weight"] == 50


def test_the_published_densities() -> None:
    layout = lenet()
    schedule = IterativeMagnitude(levels=18, prune_fraction=0.2, layer_prune_fraction={"fc3": 0.1}).schedule(layout)
    counts = [kept(level, layout) for level in schedule]
    densities = {index: sum(counts[index - 1].values()) / layout.total for index in (3, 7, 9, 12, 15, 16, 18)}
    published = {3: 0.513, 7: 0.211, 9: 0.135, 12: 0.070, 15: 0.036, 16: 0.029, 18: 0.019}
    assert {index: round(density, 3) for index, density in densities.items()} == published
    for index, level in enumerate(counts, start=1):
        fractions = {"fc1.weight": 0.2, "fc2.weight": 0.2, "fc3.weight": 0.1}
        assert level == {name: round((1 - fractions[name]) ** index * size) for name, size in layout.sized.items()}


@given(st.floats(0.05, 0.999), st.floats(0.05, 0.9))
def test_the_last_level_has_the_density_asked_for_and_the_ones_before_are_above(density: float, removed: float) -> None:
    schedule = IterativeMagnitude(density=density, prune_fraction=removed).schedule(LAYOUT)
    assert set(schedule[-1].densities.values()) == {density}
    assert kept(schedule[-1]) == {name: round(density * size) for name, size in LAYOUT.sized.items()}
    for level in schedule[:-1]:
        assert set(level.densities.values()) == {(1 - removed) ** level.index}
        assert (1 - removed) ** level.index > density
    assert (1 - removed) ** len(schedule) <= density * (1 + 1e-5)


@given(st.floats(0.05, 1.0), st.integers(1, 1000))
def test_density_and_levels_give_equal_steps(density: float, levels: int) -> None:
    schedule = IterativeMagnitude(density=density, levels=levels).schedule(LAYOUT)
    assert [level.index for level in schedule] == list(range(1, levels + 1))
    assert set(schedule[-1].densities.values()) == {density}
    for level in schedule:
        assert level.densities["fc1.weight"] == pytest.approx(density ** (level.index / levels), rel=1e-9)


@pytest.mark.parametrize("density", [0.99999, 1 - 1e-9, 1 - 1e-15, 1.0])
@pytest.mark.parametrize("levels", [1, 7, 1000])
def test_density_and_levels_close_to_the_whole(density: float, levels: int) -> None:
    schedule = IterativeMagnitude(density=density, levels=levels).schedule(LAYOUT)
    assert len(schedule) == levels
    assert set(schedule[-1].densities.values()) == {density}


def test_one_shot() -> None:
    (level,) = IterativeMagnitude(density=0.1, levels=1).schedule(LAYOUT)
    assert level == Level(1, dict.fromkeys(LAYOUT.names, 0.1))
    (level,) = IterativeMagnitude(prune_fraction=0.75, levels=1).schedule(LAYOUT)
    assert set(level.densities.values()) == {0.25}


def test_a_whole_network_is_trained_once_more() -> None:
    (level,) = IterativeMagnitude(density=1.0).schedule(LAYOUT)
    assert set(level.densities.values()) == {1.0}


@given(st.floats(0.08, 0.99))
def test_with_layers_that_differ_all_together_reach_the_density(density: float) -> None:
    method = IterativeMagnitude(density=density, prune_fraction=0.2, layer_prune_fraction={"fc3": 0.1, "fc2": 0.3})
    schedule = method.schedule(LAYOUT)
    asked_of_all = sum(value * LAYOUT.sized[name] for name, value in schedule[-1].densities.items())
    assert asked_of_all == pytest.approx(density * LAYOUT.total, abs=1e-6)
    assert abs(sum(kept(schedule[-1]).values()) - density * LAYOUT.total) <= len(LAYOUT.names) / 2
    for before, after in pairwise(schedule):
        assert all(after.densities[name] <= before.densities[name] for name in LAYOUT.names)


def test_a_layer_left_whole_has_density_one_at_every_level() -> None:
    method = IterativeMagnitude(density=0.3, layer_prune_fraction={"fc3": 0.0})
    for level in method.schedule(LAYOUT):
        assert level.densities["fc3.weight"] == 1.0
    last = method.schedule(LAYOUT)[-1].densities
    assert last["fc1.weight"] == pytest.approx((0.3 * 2960 - 200) / 2760)


def test_more_than_a_layer_left_whole_holds_cannot_be_reached() -> None:
    method = IterativeMagnitude(density=0.05, layer_prune_fraction={"fc3": 0.0})
    with pytest.raises(UsageError, match=r"density=0\.05 cannot be reached: layers that lose nothing hold more"):
        method.schedule(LAYOUT)
    with pytest.raises(UsageError, match=r"density=0\.5 cannot be reached"):
        IterativeMagnitude(density=0.5, layer_prune_fraction={"*": 0.0}).schedule(LAYOUT)
    exactly = IterativeMagnitude(density=200 / 2960, layer_prune_fraction={"fc3": 0.0})
    with pytest.raises(UsageError, match=r"would leave none of the 600 weights of fc2\.weight"):
        exactly.schedule(LAYOUT)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"levels": 24, "layer_prune_fraction": {"c": 0.05}},
            r"level 24 would leave none of the 100 weights of b \(density 0\.0047\): expected fewer",
        ),
        ({"levels": 1000}, r"level 10 would leave none of the 4 weights of c"),
        ({"density": 0.1, "levels": 1}, r"level 1 would leave none of the 4 weights of c \(density 0\.1\)"),
        ({"density": 0.05}, r"would leave none of the 4 weights of c .*a smaller layer_prune_fraction for c"),
    ],
)
def test_a_level_that_would_empty_a_layer_is_named(settings: dict[str, Any], said: str) -> None:
    layout = Layout(("a", "b", "c"), ((100, 100), (10, 10), (4,)))
    with pytest.raises(UsageError, match=said):
        IterativeMagnitude(**settings).schedule(layout)


def test_a_global_choice_leaves_small_layers_to_the_ranking() -> None:
    layout = Layout(("a", "b"), ((100, 100), (4,)))
    schedule = IterativeMagnitude(density=0.02, scope="global").schedule(layout)
    assert schedule[-1].densities == {"a": 0.02, "b": 0.02}
    with pytest.raises(UsageError, match=r"level 1 would leave none of the 4 weights"):
        IterativeMagnitude(density=0.1, levels=1, scope="global").schedule(Layout(("a",), ((4,),)))


def test_a_pattern_that_matches_nothing() -> None:
    with pytest.raises(
        UsageError, match=r"layer_prune_fraction: pattern 'fc9' matches no prunable weight; they are fc1"
    ):
        IterativeMagnitude(layer_prune_fraction={"fc9": 0.1}).schedule(LAYOUT)


@pytest.mark.parametrize("removed", [1e-5, 1e-12])
def test_fractions_that_would_take_more_levels_than_anyone_trains(removed: float) -> None:
    with pytest.raises(UsageError, match=r"density=0\.2 takes more than 1000 levels: expected a larger prune_fraction"):
        IterativeMagnitude(density=0.2, prune_fraction=removed).schedule(LAYOUT)


def test_the_levels_of_a_model_follow_its_layout() -> None:
    model = nn.Sequential(nn.Linear(6, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Linear(20, 5))
    schedule = levels_of(
        prunable_layout(model), density=None, levels=1, prune_fraction=0.5, layer_prune_fraction={"3": 0.2}
    )
    assert schedule == (Level(1, {"0.weight": 0.5, "3.weight": 0.8}),)
