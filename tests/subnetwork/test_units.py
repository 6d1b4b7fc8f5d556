"""Which weights belong to which output unit: against layers that are run, and against plain loops."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.families import FAMILIES
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.search import EdgePopup
from tombola.search.measures import layer_rows
from tombola.subnetwork import Layout, NOfM, live_units, prunable_layout
from tombola.subnetwork.units import Units, units_of

LAYERS = {
    "linear": (nn.Linear(6, 4, bias=False), (3, 6), 4, 6),
    "conv": (nn.Conv2d(6, 4, 3, bias=False), (2, 6, 5, 5), 4, 6),
    "grouped conv": (nn.Conv2d(6, 4, 3, groups=2, bias=False), (2, 6, 5, 5), 4, 3),
    "conv 1d": (nn.Conv1d(3, 5, 2, bias=False), (2, 3, 5), 5, 3),
    "transposed": (nn.ConvTranspose2d(6, 4, 3, bias=False), (2, 6, 5, 5), 4, 6),
    "grouped transposed": (nn.ConvTranspose2d(6, 4, 3, groups=2, bias=False), (2, 6, 5, 5), 4, 3),
    "depthwise transposed": (nn.ConvTranspose1d(4, 8, 2, groups=4, bias=False), (2, 4, 5), 8, 1),
    "transposed 3d": (nn.ConvTranspose3d(2, 3, 2, bias=False), (1, 2, 3, 3, 3), 3, 2),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_a_unit_without_weights_is_the_output_that_is_zero(kind: str) -> None:
    layer, shape, count, inputs = LAYERS[kind]
    units = units_of(layer, ["weight"])["weight"]
    assert (units.count, units.inputs) == (count, inputs)
    x, weight = torch.randn(shape), layer.get_parameter("weight").detach().clone()
    for unit in range(count):
        bits = torch.arange(count) != unit
        layer.get_parameter("weight").data.copy_(weight * units.expand(bits))
        silent = [not bool(layer(x).movedim(1, 0)[output].any()) for output in range(count)]
        assert silent == [output == unit for output in range(count)]
    layer.get_parameter("weight").data.copy_(weight)


@pytest.mark.parametrize("bag", [False, True])
def test_the_units_of_an_embedding_are_its_features(bag: bool) -> None:
    layer = nn.EmbeddingBag(7, 3) if bag else nn.Embedding(7, 3)
    units = units_of(layer, ["weight"])["weight"]
    assert (units.count, units.inputs) == (3, 7)
    layer.weight.data.mul_(units.expand(torch.tensor([1.0, 0.0, 1.0])))
    features = layer(torch.arange(7).view(1, 7)).reshape(-1, 3)
    assert features.any(0).tolist() == [True, False, True]


def test_rows_of_packed_projections() -> None:
    model = nn.ModuleDict({"lstm": nn.LSTM(3, 5), "attention": nn.MultiheadAttention(4, 2)})
    units = units_of(model, ["lstm.weight_ih_l0", "lstm.weight_hh_l0", "attention.in_proj_weight"])
    assert [one.count for one in units.values()] == [20, 20, 12]
    assert {one.dim for one in units.values()} == {0}


def test_a_tied_weight_has_the_units_of_its_first_owner() -> None:
    tied = FAMILIES["tied"].make()
    assert prunable_layout(tied).units[0] == Units((7, 6), dim=1)
    first, second = nn.Linear(6, 7, bias=False), nn.Embedding(7, 6)
    second.weight = first.weight
    assert prunable_layout(nn.ModuleList([first, second])).units == (Units((7, 6)),)


def test_gpt2s_layer_is_known_by_its_name() -> None:
    class Conv1D(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3, 5))

    assert units_of(Conv1D(), ["weight"])["weight"].count == 3
    Conv1D.__module__, Conv1D.__qualname__ = "transformers.pytorch_utils", "Conv1D"
    assert units_of(Conv1D(), ["weight"])["weight"].count == 5

    class Own(Conv1D):
        pass

    assert units_of(Own(), ["weight"])["weight"].count == 5


def test_vectors_and_single_numbers_have_one_weight_a_unit() -> None:
    model = nn.Module()
    model.vector, model.number = nn.Parameter(torch.ones(4)), nn.Parameter(torch.ones(()))
    units = units_of(model, ["vector", "number"])
    assert (units["vector"].count, units["number"].count) == (4, 1)
    for one in units.values():
        values = torch.arange(float(one.count))
        assert one.expand(values).shape == one.shape
        assert torch.equal(one.rows(one.expand(values)), values.view(-1, 1))
    assert live_units(torch.tensor(True)) == (1, 1)


def slow_rows(weight: Tensor, dim: int, groups: int) -> list[list[float]]:
    """Walk through every index and put the weight where its unit is."""
    rows: dict[int, list[float]] = {}
    for index in itertools.product(*map(range, weight.shape)):
        unit = index[0] if dim == 0 else index[0] // (weight.shape[0] // groups) * weight.shape[1] + index[1]
        rows.setdefault(unit, []).append(float(weight[index]))
    return [sorted(rows[unit]) for unit in sorted(rows)]


@given(st.integers(0, 1), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.lists(st.integers(1, 2)))
def test_rows_and_expand_against_loops(dim: int, groups: int, block: int, out: int, kernel: list[int]) -> None:
    groups = 1 if dim == 0 else groups
    units = Units((groups * block, out, *kernel[:3]), dim, groups)
    weight = torch.arange(float(math.prod(units.shape))).view(units.shape)
    rows = units.rows(weight)
    assert rows.shape == (units.count, weight.numel() // units.count)
    assert [sorted(row) for row in rows.tolist()] == slow_rows(weight, dim, groups)
    numbers = torch.arange(units.count)
    assert torch.equal(units.rows(units.expand(numbers)), numbers.view(-1, 1).expand(rows.shape))


def test_rows_of_channels_last_are_those_of_the_logical_order() -> None:
    weight = torch.randn(4, 3, 2, 2)
    last = weight.contiguous(memory_format=torch.channels_last)
    for units in (Units((4, 3, 2, 2)), Units((4, 3, 2, 2), dim=1, groups=2)):
        assert torch.equal(units.rows(last), units.rows(weight))


def test_a_layout_knows_its_units_and_is_equal_without_them() -> None:
    model = nn.Sequential(nn.ConvTranspose1d(4, 6, 2, groups=2), nn.Flatten(), nn.Linear(24, 2))
    layout = prunable_layout(model)
    plain = Layout(layout.names, layout.shapes)
    assert layout == plain
    assert hash(layout) == hash(plain)
    assert plain.units == (Units((4, 3, 2)), Units((2, 24)))
    assert layout.units == (Units((4, 3, 2), dim=1, groups=2), Units((2, 24)))
    assert layout.by_unit == Layout(layout.names, ((6,), (2,)))
    spread = layout.named(layout.of_units(torch.arange(8)))
    assert spread["0.weight"][:, :, 0].tolist() == [[0, 1, 2], [0, 1, 2], [3, 4, 5], [3, 4, 5]]
    assert spread["2.weight"][:, 0].tolist() == [6, 7]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_layout_of_every_family_counts_every_weight_once(name: str) -> None:
    model = FAMILIES[name].make()
    layout = prunable_layout(model, FAMILIES[name].include)
    numbers = torch.arange(layout.total)
    for units, view in zip(layout.units, layout.views(numbers), strict=True):
        assert sorted(units.rows(view).flatten().tolist()) == sorted(view.flatten().tolist())


def test_live_units_of_turned_layers() -> None:
    mask = torch.zeros(6, 2, 3, 3, dtype=torch.bool)
    mask[4, 1, 0, 0] = mask[5, 1, 2, 2] = True
    assert live_units(mask) == (2, 6)
    assert live_units(mask, Units((6, 2, 3, 3), dim=1)) == (1, 2)
    assert live_units(mask, Units((6, 2, 3, 3), dim=1, groups=3)) == (1, 6)


def test_rows_of_the_record_count_units_where_they_are_known() -> None:
    model = nn.Embedding(5, 2)
    bits = torch.zeros(5, 2, dtype=torch.bool)
    bits[3, 1] = True
    (row,) = layer_rows(Mask({"weight": bits}), units_of(model, ["weight"]))
    assert (row["units"], row["live_units"]) == (2, 1)
    (row,) = layer_rows(Mask({"weight": bits}))
    assert (row["units"], row["live_units"]) == (5, 1)


@pytest.mark.parametrize("compiled", [False, True])
def test_n_of_m_groups_the_inputs_of_each_unit(compiled: bool) -> None:
    model = nn.ModuleList([nn.ConvTranspose2d(8, 6, 2, groups=2), nn.Embedding(8, 3), nn.Linear(8, 3)])
    layout = prunable_layout(model)
    choose = NOfM(layout, 1, 4)
    rule = torch.compile(choose.__call__, backend="eager", fullgraph=True) if compiled else choose
    masks = layout.named(rule(torch.rand(layout.total)))
    up, words, linear = masks.values()
    for group in (up[:4], up[4:], words[:4], words[4:], linear.T[:4], linear.T[4:]):
        assert bool((group.sum(0) == 1).all())


def test_n_of_m_looks_at_the_inputs_where_it_says_that_they_do_not_divide() -> None:
    model = nn.ModuleList([nn.ConvTranspose2d(8, 4, 2, groups=4), nn.Embedding(8, 3), nn.Embedding(7, 4)])
    with pytest.raises(UsageError, match=r"n_of_m=2:4: the input dimension of 0\.weight, 2\.weight is no multiple"):
        EdgePopup(n_of_m="2:4").choice(prunable_layout(model))
    kept = EdgePopup(n_of_m="2:4").choice(prunable_layout(model[1]))(torch.rand(24))
    assert (kept.view(2, 4, 3).sum(1) == 2).all()
