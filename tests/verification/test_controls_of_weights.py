import math

import pytest
import torch
from hypothesis import given
from tests.verification.making import (
    SEEDS,
    given_weights,
    histogram,
    kept_histograms,
    normal_ticket,
    same_tensors,
    ticket_of,
    tickets,
)

from tombola.masks import Mask
from tombola.ticket import Architecture, Ticket
from tombola.verification import CONTROLS, NotApplicable
from tombola.weights import KaimingNormal, Recipe, SignedKaimingConstant, XavierNormal


def make(name: str, ticket: Ticket, seed: int = 0) -> Ticket:
    return CONTROLS[name].make(ticket, seed)


@given(tickets(), SEEDS)
def test_fresh_weights_keep_the_mask_and_the_recipe(ticket: Ticket, seed: int) -> None:
    if not ticket.mask.kept():
        with pytest.raises(NotApplicable, match="keeps no weight"):
            make("fresh-weights", ticket, seed)
        return
    control = make("fresh-weights", ticket, seed)
    assert control.mask == ticket.mask
    assert control.densities == ticket.densities
    assert same_tensors(control.state, ticket.state)
    assert isinstance(control.weights, Recipe) == isinstance(ticket.weights, Recipe)
    if isinstance(ticket.weights, Recipe):
        assert isinstance(control.weights, Recipe)
        assert {**control.weights.to_spec(), "seed": 0} == {**ticket.weights.to_spec(), "seed": 0}
        assert control.weights.seed != ticket.weights.seed


@pytest.mark.parametrize("recipe", [XavierNormal(seed=4, scaled=True, fan="fan_out"), SignedKaimingConstant(seed=4)])
def test_fresh_weights_are_another_draw_of_the_same_spread(recipe: Recipe) -> None:
    ticket = ticket_of(recipe=recipe, density=0.2, width=0.5)
    for given_too in (ticket, given_weights(ticket)):
        control = make("fresh-weights", given_too)
        for name, values in control.initial_weights().items():
            std = recipe.std(tuple(values.shape), 0.2)
            assert not torch.equal(values, ticket.initial_weights()[name])
            # The standard error of a standard deviation is about std / √(2n) for normal values.
            assert abs(float(values.std(unbiased=False)) - std) < 6 * std / math.sqrt(2 * values.numel())
            assert abs(float(values.mean())) < 6 * std / math.sqrt(values.numel())


def test_fresh_weights_that_were_given_take_the_recipe_of_the_spec() -> None:
    recipe = KaimingNormal(seed=2)
    rewound = {name: values + 1 for name, values in normal_ticket().initial_weights().items()}
    control = make("fresh-weights", given_weights(normal_ticket(), rewound, spec={"weights": recipe.to_spec()}))
    assert not isinstance(control.weights, Recipe)
    assert all(abs(float(values.mean())) < 0.5 for values in control.initial_weights().values())


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"weights": {"distribution": "own"}},
        {"weights": None},
        {"weights": "kaiming-normal"},
        {"weights": {"distribution": "torch-default", "name": "x", "seed": 0, "scaled": False}},
        {"weights": {"distribution": "torch-default", "seed": -1, "scaled": False}},
    ],
)
@pytest.mark.parametrize("name", ["fresh-weights", "same-signs", "dense-equal-parameters"])
def test_without_a_recipe_nothing_can_be_drawn_afresh(name: str, spec: object) -> None:
    with pytest.raises(NotApplicable, match="the spec names no recipe"):
        make(name, given_weights(normal_ticket(), spec=spec))


@given(tickets(), SEEDS)
def test_permuted_weights_keep_the_mask_and_the_kept_values(ticket: Ticket, seed: int) -> None:
    if all(len(values) < 2 for values in kept_histograms(ticket).values()):
        with pytest.raises(NotApplicable, match="no other order"):
            make("permuted-weights", ticket, seed)
        return
    control = make("permuted-weights", ticket, seed)
    assert control.mask == ticket.mask
    assert control.densities == ticket.densities
    assert same_tensors(control.state, ticket.state)
    assert kept_histograms(control) == kept_histograms(ticket)
    before, after = ticket.initial_weights(), control.initial_weights()
    assert all(torch.equal(after[name][~kept], before[name][~kept]) for name, kept in ticket.mask.items())


def test_permuted_weights_move_in_every_layer() -> None:
    ticket = normal_ticket()
    control = make("permuted-weights", ticket)
    for name, kept in ticket.mask.items():
        before, after = ticket.initial_weights()[name][kept], control.initial_weights()[name][kept]
        assert int((before != after).sum()) > 0.8 * before.numel()


def test_every_order_of_a_small_layer_comes_up_equally_often() -> None:
    mask = Mask({"w": torch.tensor([True, True, False, True])})
    weights = {"w": torch.tensor([1.0, 2.0, 9.0, 3.0])}
    ticket = Ticket(Architecture("tests:Net"), mask, {"w": 0.75}, weights, {})
    orders = [tuple(make("permuted-weights", ticket, seed).initial_weights()["w"].tolist()) for seed in range(600)]
    counts = [orders.count(one) for one in set(orders)]
    assert len(counts) == 6  # 3!
    assert all(order[2] == 9.0 for order in orders)
    assert sum((count - 100) ** 2 / 100 for count in counts) < 20.5  # chi², 5 degrees of freedom, 0.999


@given(tickets(), SEEDS)
def test_same_signs_keep_the_mask_and_the_signs(ticket: Ticket, seed: int) -> None:
    recipe = ticket.spec["weights"]
    assert isinstance(recipe, dict)
    is_constant = str(recipe["distribution"]).startswith("signed-")
    if is_constant or not ticket.mask.kept():
        with pytest.raises(NotApplicable, match="same magnitude" if is_constant else "none has a sign"):
            make("same-signs", ticket, seed)
        return
    control = make("same-signs", ticket, seed)
    assert control.mask == ticket.mask
    assert same_tensors(control.state, ticket.state)
    before, after = ticket.initial_weights(), control.initial_weights()
    assert all(torch.equal(after[name].sign(), before[name].sign()) for name in before)


def test_same_signs_have_the_magnitudes_of_a_fresh_draw() -> None:
    ticket = normal_ticket(scaled=True)
    control = make("same-signs", ticket)
    for name, values in control.initial_weights().items():
        assert float((values == ticket.initial_weights()[name]).float().mean()) < 0.01
        std = KaimingNormal(scaled=True).std(tuple(values.shape), 0.5)
        assert abs(float(values.square().mean().sqrt()) / std - 1) < 6 / math.sqrt(2 * values.numel())


def test_a_weight_of_zero_has_no_sign() -> None:
    weights = {"w": torch.tensor([0.0, -2.0, 3.0])}
    mask = Mask({"w": torch.tensor([True, True, True])})
    spec = {"weights": KaimingNormal(seed=0).to_spec()}
    ticket = Ticket(Architecture("tests:Net"), mask, {"w": 1.0}, weights, {}, spec=spec)
    for name in ("same-signs", "random-signs", "flipped-signs"):
        assert float(make(name, ticket).initial_weights()["w"][0]) == 0.0
        zeros = {"w": torch.zeros(3)}
        with pytest.raises(NotApplicable, match="none has a sign"):
            make(name, given_weights(ticket, zeros))


@given(tickets(), SEEDS)
def test_flipped_signs_are_the_weights_times_minus_one(ticket: Ticket, seed: int) -> None:
    if not ticket.mask.kept():
        with pytest.raises(NotApplicable, match="none has a sign"):
            make("flipped-signs", ticket, seed)
        return
    control = make("flipped-signs", ticket, seed)
    assert control.mask == ticket.mask
    assert same_tensors(control.state, ticket.state)
    expected = {name: values * -1 for name, values in ticket.initial_weights().items()}
    assert same_tensors(control.initial_weights(), expected)
    assert same_tensors(make("flipped-signs", control, seed).initial_weights(), ticket.initial_weights())


@given(tickets(), SEEDS)
def test_random_signs_keep_the_mask_and_the_magnitudes(ticket: Ticket, seed: int) -> None:
    if not ticket.mask.kept():
        with pytest.raises(NotApplicable, match="none has a sign"):
            make("random-signs", ticket, seed)
        return
    control = make("random-signs", ticket, seed)
    assert control.mask == ticket.mask
    assert same_tensors(control.state, ticket.state)
    before, after = ticket.initial_weights(), control.initial_weights()
    assert all(torch.equal(after[name].abs(), before[name].abs()) for name in before)


def test_random_signs_are_fair_and_independent_of_the_old_ones() -> None:
    ticket = ticket_of(recipe=SignedKaimingConstant(seed=0), width=0.5)
    control = make("random-signs", ticket)
    for name, values in control.initial_weights().items():
        tolerance = 3 * math.sqrt(values.numel())
        assert abs(float(values.sign().sum())) < tolerance
        assert abs(float((values.sign() * ticket.initial_weights()[name].sign()).sum())) < tolerance


def test_the_histogram_of_magnitudes_is_that_of_the_ticket() -> None:
    ticket = normal_ticket()
    for name in ("flipped-signs", "random-signs", "permuted-weights"):
        after = make(name, ticket).initial_weights()
        for layer, kept in ticket.mask.items():
            before = ticket.initial_weights()[layer]
            assert histogram(after[layer][kept].abs()) == histogram(before[kept].abs())
