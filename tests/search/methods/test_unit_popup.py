"""Edge-popup on units: whole units by learned scores, weights never touched."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.families import FAMILIES
from tests.search.kills import check_goes_on
from torch import Tensor, nn
from torch.func import functional_call

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import UsageError
from tombola.search.methods.unit_popup import TopUnits, UnitPopup, initial_unit_scores
from tombola.subnetwork import Layout, Subnetwork, TopCounts, prunable_layout
from tombola.subnetwork.units import Units
from tombola.weights import SignedKaimingConstant, TorchDefault

SHORT: dict[str, Any] = {"epochs": 2, "batch_size": 8, "precision": "32"}


def data(name: str = "mlp") -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(count: int) -> tuple[Tensor, Tensor]:
        return family.inputs(count), torch.arange(count) % family.classes

    return split(24), split(9), split(9)


def perceptron() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 5), nn.ReLU(), nn.Linear(5, 3))


def searched(name: str) -> tuple[Subnetwork, Layout]:
    family = FAMILIES[name]
    model = family.make()
    layout = prunable_layout(model, family.include)
    counts = {key: max(1, units // 2) for key, units in layout.by_unit.sized.items()}
    scores = torch.randn(layout.by_unit.total, generator=torch.Generator().manual_seed(7))
    selector = TopUnits(layout, TopCounts.layerwise(layout.by_unit, counts), scores)
    return Subnetwork(model, selector, include=family.include).eval(), layout


@pytest.mark.parametrize("name", FAMILIES)
def test_score_gradients_are_weight_gradients_times_weights_summed_over_the_unit(name: str) -> None:
    network, layout = searched(name)
    inputs = FAMILIES[name].inputs(3)
    outputs = network(inputs)
    weighting = torch.randn_like(outputs)
    (outputs * weighting).sum().backward()
    leaves = {key: value.clone().requires_grad_() for key, value in network.masked_weights().items()}
    plain = functional_call(network.skeleton, leaves, (inputs,))
    assert torch.allclose(plain, outputs, atol=1e-6)
    gradients = torch.autograd.grad((plain * weighting).sum(), list(leaves.values()), allow_unused=True)
    selector = network.selector
    assert isinstance(selector, TopUnits)
    assert selector.scores.grad is not None
    learned, scores = selector.scores.grad, selector.scores.detach()
    unit = 0
    weights = network.initial_weights()
    for key, gradient, units in zip(layout.names, gradients, layout.units, strict=True):
        products = weights[key] * (torch.zeros(units.shape) if gradient is None else gradient)
        for index in range(units.count):
            own = units.expand(torch.arange(units.count) == index)
            expected = float(products[own].double().sum()) * (1 if scores[unit] > 0 else -1)
            assert float(learned[unit]) == pytest.approx(expected, rel=1e-3, abs=1e-4)
            unit += 1


@pytest.mark.parametrize("training", [True, False])
def test_training_and_evaluation_use_the_same_mask(training: bool) -> None:
    network, layout = searched("conv-transpose")
    network.train(training)
    mask = layout.named(network.selector.flat_mask())
    up, head = network.masked_weights().values()
    channels = mask["0.weight"].transpose(0, 1).flatten(1)
    assert channels.all(1).tolist() == channels.any(1).tolist()
    assert int(channels.all(1).sum()) == 1
    assert torch.equal(up, network.initial_weights()["0.weight"] * mask["0.weight"])
    assert int(mask["4.weight"].all(1).sum()) == 1
    assert bool((head[~mask["4.weight"]] == 0).all())


def test_the_highest_magnitudes_win_and_ties_go_to_the_lowest_index() -> None:
    layout = Layout(("a", "b"), ((4, 2), (2, 3)), (Units((4, 2)), Units((2, 3), dim=1)))
    scores = torch.tensor([0.5, -0.9, 0.5, 0.1, 0.2, 0.2, -0.2])
    mask = layout.named(TopUnits(layout, TopCounts((4, 3), (2, 2)), scores).flat_mask())
    assert mask["a"].all(1).tolist() == [True, True, False, False]
    assert mask["b"].all(0).tolist() == [True, True, False]


def test_scores_begin_uniform_in_plus_minus_one_by_the_mask_seed_alone() -> None:
    layout = Layout(("a", "b"), ((4000, 2), (3, 50)))
    scores = initial_unit_scores(layout, 3)
    assert scores.shape == (4003,)
    first = scores[:4000].double()
    assert 0.999 < float(first.abs().max()) <= 1
    assert abs(float(first.mean())) < 4 / (12000**0.5)
    assert float(first.std()) == pytest.approx(3**-0.5, rel=0.03)
    assert torch.equal(scores, initial_unit_scores(layout, 3))
    assert not torch.equal(scores, initial_unit_scores(layout, 4))
    assert not torch.equal(scores[:4000], TorchDefault(seed=3).tensor("a", (4000, 1)).view(-1))


def test_a_ticket_of_whole_units_and_untouched_weights() -> None:
    run = tb.run(perceptron(), data(), method=UnitPopup(density=0.4), **SHORT)
    rows = {name: mask.all(1) for name, mask in run.ticket.mask.items()}
    assert {name: int(units.sum()) for name, units in rows.items()} == {"0.weight": 4, "2.weight": 2, "4.weight": 3}
    assert all(torch.equal(rows[name], mask.any(1)) for name, mask in run.ticket.mask.items())
    assert run.ticket.weights == SignedKaimingConstant()
    assert run.result["audit"]["equal"]
    assert run.result["figures"] == {
        "units": {
            "0.weight": {"units": 9, "kept": 4},
            "2.weight": {"units": 5, "kept": 2},
            "4.weight": {"units": 3, "kept": 3},
        },
        "output_layers": ["4.weight"],
    }
    assert run.ticket.densities == {"0.weight": 4 / 9, "2.weight": 2 / 5, "4.weight": 1.0}


def test_scores_are_learned_and_the_best_are_what_is_kept() -> None:
    run = tb.run(perceptron(), data(), method=UnitPopup(density=0.4), **(SHORT | {"lr": 1.0, "epochs": 3}))
    layout = prunable_layout(perceptron())
    begun = initial_unit_scores(layout, 0).abs()
    mask = run.ticket.mask["0.weight"].all(1)
    histogram = next(row for row in run.result["scores"] if row["name"] == "0.weight")
    assert (sum(histogram["kept"]), sum(histogram["removed"])) == (4 * 6, 5 * 6)
    lowest_kept = next(i for i, count in enumerate(histogram["kept"]) if count)
    highest_removed = max(i for i, count in enumerate(histogram["removed"]) if count)
    assert highest_removed <= lowest_kept
    assert histogram["edges"][-1] != float(begun[:9].max()), "the scores moved"
    assert int(mask.sum()) == 4


def test_scaled_recipes_are_scaled_by_the_density_of_the_units() -> None:
    weights = SignedKaimingConstant(scaled=True)
    found = tb.find(perceptron(), data(), method=UnitPopup(density=0.4), weights=weights, **SHORT)
    size = float(found.initial_weights()["0.weight"].abs().max())
    assert size == pytest.approx((2 / 6) ** 0.5 * (9 / 4) ** 0.5)


def test_biases_of_ones_own_stay() -> None:
    model = perceptron()
    found = tb.find(model, data(), method=UnitPopup(), weights="own", **SHORT)
    assert torch.equal(found.state["0.bias"], model.get_parameter("0.bias"))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_of_models(name: str) -> None:
    family = FAMILIES[name]
    torch.manual_seed(3)
    model = family.make()
    run = tb.run(model, data(name), method=UnitPopup(density=0.6), include=family.include, weights="own", **SHORT)
    layout = prunable_layout(model, family.include)
    for units, (key, kept) in zip(layout.units, run.ticket.mask.items(), strict=True):
        rows = units.rows(kept)
        whole = key in run.result["figures"]["output_layers"]
        assert bool((rows.all(1) == rows.any(1)).all())
        assert int(rows.all(1).sum()) == (units.count if whole else max(1, round(0.6 * units.count)))


def test_bf16_computes_with_the_same_mask() -> None:
    found = tb.find(perceptron(), data(), method=UnitPopup(), **(SHORT | {"precision": "bf16-mixed"}))
    assert found.mask["0.weight"].all(1).sum() == round(0.5 * 9)


def test_one_seed_one_ticket_and_another_seed_another() -> None:
    method = UnitPopup(density=0.7)
    first, again, other = (tb.find(perceptron(), data(), method=method, seed=seed, **SHORT) for seed in (1, 1, 2))
    assert first.digest == again.digest
    assert first.mask != other.mask


def test_a_search_that_is_stopped_goes_on_to_the_bit(tmp_path: Path) -> None:
    def run(folder: Path) -> None:
        execute(plan(perceptron(), data(), method=UnitPopup(density=0.7), **(SHORT | {"lr": 1.0})), folder, page=False)

    check_goes_on(run, tmp_path, kills=(2, 3))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"density": 0}, "density=0: expected 0 < density <= 1"),
        ({"layer_density": {"fc": -1}}, r"layer_density of 'fc'=-1: expected 0 < density <= 1"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        UnitPopup(**settings)
