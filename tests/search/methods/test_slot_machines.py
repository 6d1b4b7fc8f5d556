import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.families import FAMILIES
from tests.search.kills import check_goes_on
from tests.search.prunings import perceptron, splits
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import UsageError
from tombola.search import Workspace
from tombola.search.methods.slot_machines import SlotMachines, Slots, initial_scores, other_values
from tombola.subnetwork import Layout, Subnetwork
from tombola.training import derive
from tombola.weights import GlorotNarrow, KaimingNormal

LAYOUT = Layout(("conv", "fc"), ((4, 3, 3, 3), (10, 40)))
DATA = splits(torch.float32)
SETTINGS: dict[str, Any] = {"epochs": 3, "batch_size": 16, "precision": "32"}


def model() -> nn.Sequential:
    return perceptron(6, 12, 3, activation=nn.ReLU)


def slots(count: int, dtype: torch.dtype = torch.float32) -> tuple[Slots, Tensor, Tensor]:
    """A selector, the weights of slot 0, and all values."""
    torch.manual_seed(0)
    values, scores = torch.randn(count, LAYOUT.total, dtype=dtype), torch.randn(count, LAYOUT.total)
    return Slots(LAYOUT, values[1:].clone(), scores), values[0], values


@pytest.mark.parametrize("count", [2, 3, 8])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16], ids=str)
def test_the_value_of_the_highest_score_is_used(count: int, dtype: torch.dtype) -> None:
    select, weights, values = slots(count, dtype)
    expected = torch.stack([values[int(select.scores[:, i].argmax()), i] for i in range(LAYOUT.total)])
    masked = select(weights, dtype)
    assert [tuple(view.shape) for view in masked] == list(LAYOUT.shapes)
    assert torch.equal(torch.cat([view.flatten() for view in masked]), expected)
    assert torch.equal(select.chosen(weights), expected)
    assert bool(select.flat_mask().all())


@given(
    scores=st.lists(
        st.lists(st.sampled_from([-1.0, 0.0, -0.0, 1e-40, 0.5, 1.0, -3e38, 3e38]), min_size=4, max_size=4),
        min_size=2,
        max_size=6,
    )
)
def test_of_equal_scores_the_first_is_used(scores: list[list[float]]) -> None:
    layout, table = Layout(("w",), ((4,),)), torch.tensor(scores)
    values = torch.arange(table.numel(), dtype=torch.float32).view(table.shape)
    select = Slots(layout, values[1:].clone(), table)
    expected = [max(range(len(scores)), key=lambda slot: scores[slot][i]) for i in range(4)]
    assert select.chosen(values[0]).tolist() == [float(values[slot, i]) for i, slot in enumerate(expected)]


def test_many_weights_are_walked_through_in_blocks() -> None:
    layout = Layout(("a", "b"), ((700, 1000), (5,)))
    values, scores = torch.randn(3, layout.total), torch.randn(3, layout.total)
    select = Slots(layout, values[1:].clone(), scores)
    expected = values.gather(0, scores.argmax(0, keepdim=True))[0]
    assert torch.equal(torch.cat([view.flatten() for view in select(values[0], torch.float32)]), expected)


@pytest.mark.parametrize("count", [2, 5])
def test_the_gradient_of_each_score_is_that_of_the_weight_times_the_value(count: int) -> None:
    select, weights, values = slots(count)
    views = select(weights, torch.float32)
    upstream = torch.randn(LAYOUT.total)
    (torch.cat([view.flatten() for view in views]) * upstream).sum().backward()
    assert select.scores.grad is not None
    assert torch.equal(select.scores.grad, upstream * values)
    assert not weights.requires_grad


def test_a_layer_that_is_not_used_gets_no_gradient() -> None:
    select, weights, values = slots(3)
    _, second = select(weights, torch.float32)
    second.sum().backward()
    assert select.scores.grad is not None
    assert not select.scores.grad[:, :108].any()
    assert torch.equal(select.scores.grad[:, 108:], values[:, 108:])


def test_in_a_lower_precision_the_scores_stay_what_they_are() -> None:
    select, weights, values = slots(3)
    views = select(weights, torch.bfloat16)
    assert {view.dtype for view in views} == {torch.bfloat16}
    sum(view.float().sum() for view in views).backward()
    assert select.scores.grad is not None
    assert torch.equal(select.scores.grad, values)


def test_values_come_from_the_recipe_each_slot_with_a_seed_of_its_own() -> None:
    recipe = KaimingNormal(seed=5)
    values = other_values(LAYOUT, recipe, 4, like=torch.zeros((), dtype=torch.float64))
    assert values.shape == (3, LAYOUT.total)
    assert values.dtype == torch.float64
    for slot in (1, 2, 3):
        drawn = KaimingNormal(seed=derive(5, "slot", slot))
        expected = LAYOUT.flatten({name: drawn.tensor(name, shape) for name, shape in LAYOUT.by_name.items()})
        assert torch.equal(values[slot - 1], expected.double())
    own = LAYOUT.flatten({name: recipe.tensor(name, shape) for name, shape in LAYOUT.by_name.items()})
    assert len({tuple(row.tolist()) for row in (own.double(), *values)}) == 4
    more = other_values(LAYOUT, recipe, 6, like=values)
    assert torch.equal(more[:3], values), "more slots leave the first as they are"


def test_scores_start_uniform_and_positive() -> None:
    layout = Layout(("conv", "fc"), ((20, 30, 3, 3), (100, 300)))
    scores = initial_scores(layout, 3, 4)
    for place, factor, fans in ((slice(0, 5400), 1.0, 270 + 180), (slice(5400, None), 0.1, 400)):
        bound = factor * math.sqrt(2 / fans)
        values = scores[:, place].double()
        assert float(values.min()) >= 0
        assert 0.999 * bound < float(values.max()) <= bound
        assert abs(float(values.mean()) / bound - 0.5) < 5 / math.sqrt(12 * values.numel())
    assert torch.equal(scores, initial_scores(layout, 3, 4))
    assert not torch.equal(scores, initial_scores(layout, 4, 4))
    assert len({tuple(row.tolist()) for row in scores}) == 4


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> list[Subnetwork]:
    kept: list[Subnetwork] = []
    real = Workspace.subnetwork

    def subnetwork(*given: Any, **named: Any) -> Subnetwork:
        kept.append(real(*given, **named))
        return kept[-1]

    monkeypatch.setattr(Workspace, "subnetwork", subnetwork)
    return kept


def test_the_ticket_is_whole_and_made_of_the_values(caught: list[Subnetwork], tmp_path: Path) -> None:
    done = execute(plan(model(), DATA, method=SlotMachines(slots=3), **SETTINGS), tmp_path / "run", page=False)
    (network,) = caught
    assert isinstance(network.selector, Slots)
    ticket = tb.load(tmp_path / "run" / "ticket")
    assert ticket.mask.kept() == ticket.mask.numel() == 108
    recipes = [GlorotNarrow(seed=0), *(GlorotNarrow(seed=derive(0, "slot", slot)) for slot in (1, 2))]
    used = torch.zeros(3, dtype=torch.int64)
    for name, values in ticket.initial_weights().items():
        is_value = torch.stack([values == recipe.tensor(name, tuple(values.shape)) for recipe in recipes])
        assert bool((is_value.sum(0) == 1).all())
        used += is_value.flatten(1).sum(1)
    assert done.result["figures"] == {"slots": 3, "chosen_of_slot": used.tolist()}
    assert int(used.min()) > 0
    assert not done.result["audit"]["equal"]
    inputs, labels = DATA[2]
    with torch.no_grad():
        outputs = ticket.build(model()).eval()(inputs)
        assert torch.equal(outputs, network.eval()(inputs))
    assert done.result["test_accuracy"] == float((outputs.argmax(1) == labels).double().mean())


def test_values_are_in_no_checkpoint() -> None:
    select, _, _ = slots(4)
    assert set(select.state_dict()) == {"scores"}


def test_seeds_decide() -> None:
    def digest(**seeds: int) -> str:
        return tb.find(model(), DATA, method=SlotMachines(slots=2), seed=tb.Seeds(**seeds), **SETTINGS).digest

    assert digest() == digest()
    assert len({digest(), digest(init_seed=1), digest(mask_seed=1)}) == 3


def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    def run(folder: Path) -> None:
        execute(plan(model(), DATA, method=SlotMachines(slots=3), **SETTINGS), folder, page=False)

    check_goes_on(run, tmp_path, kills=(3, 4, 6))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(name: str) -> None:
    family = FAMILIES[name]
    data = tuple((family.inputs(count), torch.arange(count) % family.classes) for count in (30, 11, 13))
    method = SlotMachines(slots=3)
    done = tb.run(family.make(), data, method=method, include=family.include, epochs=1, batch_size=8, precision="32")
    assert sum(done.result["figures"]["chosen_of_slot"]) == done.result["kept"] == done.result["prunable"]
    with torch.no_grad():
        outputs = done.ticket.build(family.make()).eval()(data[2][0])
    assert done.result["test_accuracy"] == float((outputs.argmax(1) == data[2][1]).double().mean())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_a_model_in_another_precision(dtype: torch.dtype) -> None:
    data = tuple((inputs.to(dtype), labels) for inputs, labels in DATA)
    found = tb.find(model().to(dtype), data, method=SlotMachines(slots=2), **SETTINGS)
    assert found.initial_weights()["0.weight"].dtype == dtype


@pytest.mark.parametrize("count", [1, 0, -2, 257, 2.0, True, "8"])
def test_what_is_refused(count: Any) -> None:
    with pytest.raises(UsageError, match=f"slots={count!r}: expected a whole number from 2 to 256"):
        SlotMachines(slots=count)


def test_own_weights_have_no_distribution() -> None:
    with pytest.raises(UsageError, match="slot-machines draws the values, and weights=own have no recipe"):
        tb.find(model(), DATA, method=SlotMachines(), weights="own", epochs=1)


def test_the_spec_and_the_defaults() -> None:
    assert SlotMachines().to_spec() == {"name": "slot-machines", "slots": 8}
    assert (SlotMachines.defaults.lr, SlotMachines.defaults.epochs) == (0.2, 200)
