import pytest
import torch
from hypothesis import given
from tests.verification.making import SEEDS, given_weights, kept_counts, normal_ticket, same_tensors, ticket_of, tickets

from tombola.masks import Mask
from tombola.ticket import Architecture, Ticket
from tombola.verification import CONTROLS, NotApplicable
from tombola.weights import Recipe, SignedKaimingConstant

OTHER_MASKS = ["random-mask", "shuffled-mask"]


@pytest.mark.parametrize("name", OTHER_MASKS)
@given(ticket=tickets(), seed=SEEDS)
def test_other_masks_keep_the_counts_the_weights_and_the_state(name: str, ticket: Ticket, seed: int) -> None:
    counts = kept_counts(ticket)
    if all(count in (0, ticket.mask.numel(layer)) for layer, count in counts.items()):
        with pytest.raises(NotApplicable, match="no other mask"):
            CONTROLS[name].make(ticket, seed)
        return
    control = CONTROLS[name].make(ticket, seed)
    assert kept_counts(control) == counts
    assert list(control.mask) == list(ticket.mask)
    assert control.densities == ticket.densities
    assert control.weights_digest == ticket.weights_digest
    assert same_tensors(control.state, ticket.state)


@pytest.mark.parametrize("name", OTHER_MASKS)
@pytest.mark.parametrize("seed", range(3))
def test_other_masks_are_other_in_every_layer(name: str, seed: int) -> None:
    ticket = ticket_of(density=0.3, width=0.1)
    control = CONTROLS[name].make(ticket, seed)
    for layer, kept in ticket.mask.items():
        other = control.mask[layer]
        expected = 0.3 * 0.7 * 2 * kept.numel()  # as two independent masks of this density would differ
        assert abs(int((other != kept).sum()) - expected) < 6 * expected**0.5


@pytest.mark.parametrize("name", OTHER_MASKS)
def test_every_mask_of_a_small_layer_comes_up_equally_often(name: str) -> None:
    mask = Mask({"w": torch.tensor([[True, False], [True, False]])})
    weights = SignedKaimingConstant(seed=0)
    ticket = Ticket(Architecture("tests:Net"), mask, {"w": 0.5}, weights, {})
    draws = [CONTROLS[name].make(ticket, seed).mask.packed("w") for seed in range(600)]
    counts = [draws.count(one) for one in set(draws)]
    assert len(counts) == 6  # 4 over 2
    assert sum((count - 100) ** 2 / 100 for count in counts) < 20.5  # chi², 5 degrees of freedom, 0.999


def test_dense_keeps_every_weight_at_its_value() -> None:
    ticket = ticket_of(density=0.3)
    control = CONTROLS["dense"].make(ticket, 0)
    assert control.mask.kept() == ticket.mask.numel()
    assert control.weights is ticket.weights
    assert set(control.densities.values()) == {1.0}
    assert same_tensors(control.initial_weights(), ticket.initial_weights())
    assert same_tensors(control.state, ticket.state)


@given(tickets(), SEEDS)
def test_dense_of_a_scaled_recipe_keeps_the_scale_of_the_ticket(ticket: Ticket, seed: int) -> None:
    if ticket.mask.kept() == ticket.mask.numel():
        with pytest.raises(NotApplicable, match="whole network already"):
            CONTROLS["dense"].make(ticket, seed)
        return
    control = CONTROLS["dense"].make(ticket, seed)
    assert same_tensors(control.initial_weights(), ticket.initial_weights())
    is_drawn = isinstance(ticket.weights, Recipe) and not ticket.weights.scaled
    assert isinstance(control.weights, Recipe) == is_drawn


@pytest.mark.parametrize("name", OTHER_MASKS)
def test_layers_of_one_weight_and_of_none_kept_stay(name: str) -> None:
    layers = {"one": torch.ones(1, 1), "none": torch.zeros(4), "all": torch.ones(3), "open": torch.arange(40) % 2}
    mask = Mask({layer: bits.bool() for layer, bits in layers.items()})
    weights = {layer: torch.ones(bits.shape) for layer, bits in mask.items()}
    ticket = Ticket(Architecture("tests:Net"), mask, dict.fromkeys(mask, 0.5), weights, {})
    control = CONTROLS[name].make(ticket, 0)
    differing = [layer for layer in mask if not torch.equal(control.mask[layer], mask[layer])]
    assert differing == ["open"]


def test_given_weights_get_the_masks_that_drawn_ones_get() -> None:
    ticket = normal_ticket()
    for name in OTHER_MASKS:
        assert CONTROLS[name].make(given_weights(ticket), 1).mask == CONTROLS[name].make(ticket, 1).mask


@pytest.mark.parametrize("name", [*OTHER_MASKS, "dense"])
def test_removed_weights_that_the_ticket_does_not_know_are_not_made_up(name: str) -> None:
    ticket = normal_ticket()
    zeros = {layer: values * ticket.mask[layer] for layer, values in ticket.initial_weights().items()}
    with pytest.raises(NotApplicable, match="holds zeros for the weights that it removed"):
        CONTROLS[name].make(given_weights(ticket, zeros), 0)
