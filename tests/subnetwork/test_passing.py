"""Weights that nothing passes through, counted by the wiring of networks where it is known."""

import copy
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.families import FAMILIES
from torch import nn

from tombola.subnetwork import prunable_layout, untrained_copy
from tombola.subnetwork.passing import idle_weights, passing
from tombola.weights import Own


@given(st.lists(st.integers(1, 5), min_size=3, max_size=5), st.data())
def test_in_a_perceptron_they_read_a_removed_unit_or_feed_none(sizes: list[int], data: st.DataObject) -> None:
    layers = [nn.Linear(*pair) for pair in pairwise(sizes)]
    model = nn.Sequential(*(part for layer in layers for part in (layer, nn.ReLU())))
    layout = prunable_layout(model)
    kept, expected, live = {}, [], torch.ones(sizes[0], dtype=torch.bool)
    for name, layer in zip(layout.names, layers, strict=True):
        some = data.draw(st.lists(st.booleans(), min_size=layer.out_features, max_size=layer.out_features))
        units = torch.tensor(some) if any(some) else torch.ones(layer.out_features, dtype=torch.bool)
        kept[name] = units.view(-1, 1).expand(layer.weight.shape)
        kept[name.replace("weight", "bias")] = units
        expected.append((kept[name] & ~live).flatten())
        live = units
    idle = idle_weights(model, layout, kept, torch.randn(4, sizes[0]))
    assert idle.tolist() == torch.cat(expected).tolist()


def test_a_layer_that_nobody_reads_is_not_idle_by_what_was_removed() -> None:
    model = FAMILIES["unused"].make()
    layout = prunable_layout(model)
    kept = {name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()}
    assert not idle_weights(model, layout, kept, torch.randn(4, 6)).any()
    kept["used.weight"][2:] = False
    kept["used.bias"] = torch.arange(8) < 2
    idle = layout.named(idle_weights(model, layout, kept, torch.randn(4, 6)))
    assert {name: int(bits.sum()) for name, bits in idle.items()} == {
        "used.weight": 0,
        "unused.weight": 0,
        "head.weight": 6 * 3,
    }


def test_what_a_removed_unit_would_have_been_told_is_idle() -> None:
    # The one unit of the second layer is not read by the third, so the first two say nothing.
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False), nn.Linear(1, 1, bias=True))
    layout = prunable_layout(model)
    kept = {name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()}
    kept["2.weight"] = torch.zeros(1, 1, dtype=torch.bool)
    assert idle_weights(model, layout, kept, torch.randn(4, 2)).tolist() == [True] * 6 + [False]


@pytest.mark.parametrize("name", FAMILIES)
def test_nothing_is_idle_where_nothing_is_removed_and_the_model_is_left(name: str) -> None:
    family = FAMILIES[name]
    layout = prunable_layout(family.make(), family.include)
    model = untrained_copy(family.make(), layout, Own())
    before = copy.deepcopy(model.state_dict())
    whole = {key: torch.ones(shape, dtype=torch.bool) for key, shape in layout.by_name.items()}
    assert not idle_weights(model, layout, whole, family.inputs(4)).any()
    assert model.training
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_a_signal_passes_where_a_change_of_the_weight_changes_the_outputs() -> None:
    first, second = nn.Linear(5, 6), nn.Linear(6, 2)
    model = nn.Sequential(first, nn.ReLU(), second)
    first.bias.data[:3] = -100  # these say nothing
    layout, inputs = prunable_layout(model), torch.randn(20, 5)
    inputs[:, 4] = 0
    before = model(inputs).detach()
    felt = []
    for view in (first.weight.data, second.weight.data):
        for index in range(view.numel()):
            value = view.flatten()[index].clone()
            view.view(-1)[index] += 1e-2
            felt.append(bool((model(inputs) != before).any()))
            view.view(-1)[index] = value
    assert passing(model, layout, inputs).tolist() == felt
