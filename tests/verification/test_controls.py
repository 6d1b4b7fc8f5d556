"""What every control has in common."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from tests.verification.making import SEEDS, normal_ticket, same_tensors, ticket_of, tickets
from torch import nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork import unmasked_state
from tombola.ticket import Architecture, Ticket, decode
from tombola.ticket.writer import encode
from tombola.verification import CONTROLS, NotApplicable, control_named
from tombola.weights import KaimingNormal

NAMES = [
    "random-mask",
    "shuffled-mask",
    "fresh-weights",
    "permuted-weights",
    "same-signs",
    "flipped-signs",
    "random-signs",
    "dense",
    "dense-equal-parameters",
]
OF_A_SEED = [name for name in NAMES if name not in ("flipped-signs", "dense")]


def make(name: str, ticket: Ticket, seed: int = 0) -> Ticket:
    return control_named(name).make(ticket, seed)


def built(ticket: Ticket) -> dict[str, torch.Tensor]:
    return dict(ticket.build().state_dict())


def test_the_controls_by_name() -> None:
    assert list(CONTROLS) == NAMES
    assert all(control.name == name for name, control in CONTROLS.items())
    with pytest.raises(UsageError, match=r"unknown control 'random': did you mean .*'random-mask'"):
        control_named("random")


@pytest.mark.parametrize("name", NAMES)
def test_the_network_differs_and_the_ticket_stays(name: str) -> None:
    ticket = normal_ticket()
    before = encode(ticket)
    control = make(name, ticket)
    assert not same_tensors(built(control), built(ticket))
    assert encode(ticket) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bits(name: str) -> None:
    torch.manual_seed(1)
    first = make(name, normal_ticket(), 3)
    torch.manual_seed(2)
    assert encode(make(name, normal_ticket(), 3)) == encode(first)


@pytest.mark.parametrize("name", OF_A_SEED)
def test_two_seeds_differ(name: str) -> None:
    ticket = normal_ticket()
    assert not same_tensors(built(make(name, ticket, 0)), built(make(name, ticket, 1)))


@pytest.mark.parametrize("name", OF_A_SEED)
def test_the_control_of_a_control_differs_under_the_same_seed(name: str) -> None:
    once = make(name, normal_ticket(), 3)
    twice = make(name, once, 3)
    assert not same_tensors(built(twice), built(once))


@pytest.mark.parametrize("second", NAMES)
@pytest.mark.parametrize("first", NAMES)
def test_the_control_of_a_control_works(first: str, second: str) -> None:
    once = make(first, normal_ticket(scaled=True))
    whole = once.mask.kept() == once.mask.numel()
    if whole and second in ("random-mask", "shuffled-mask", "dense"):
        with pytest.raises(NotApplicable):
            make(second, once)
    else:
        assert not same_tensors(built(make(second, once)), built(once))


@pytest.mark.parametrize("name", NAMES)
def test_a_control_names_its_origin_and_is_not_measured_yet(name: str) -> None:
    ticket = replace(normal_ticket(), metrics={"test_accuracy": 0.9})
    control = make(name, ticket, 7)
    found = {key: control.provenance[key] for key in ("control", "control_seed", "control_of")}
    assert found == {"control": name, "control_seed": 7, "control_of": ticket.digest}
    assert control.metrics == {}
    assert control.spec == ticket.spec


@given(tickets(), SEEDS)
def test_any_control_of_any_ticket_is_a_ticket_or_a_reason(ticket: Ticket, seed: int) -> None:
    for name in NAMES:
        try:
            control = make(name, ticket, seed)
        except NotApplicable:
            continue
        assert same_tensors(control.state, ticket.state)
        assert control.mask.shapes == ticket.mask.shapes
        types = {key: tensor.dtype for key, tensor in ticket.initial_weights().items()}
        assert {key: tensor.dtype for key, tensor in control.initial_weights().items()} == types
        assert decode(encode(control)).digest == control.digest


def test_a_tied_weight_is_one_weight() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.out = nn.Embedding(9, 6), nn.Linear(6, 9)
            self.out.weight = self.words.weight

    generator = torch.Generator().manual_seed(0)
    mask = Mask({"words.weight": torch.rand(9, 6, generator=generator) < 0.5})
    state = unmasked_state(Tied(), mask)
    ticket = Ticket(Architecture("tests:Tied"), mask, {"words.weight": 0.5}, KaimingNormal(seed=0), state)
    for name in NAMES[:-1]:
        network = make(name, ticket).build(Tied())
        assert network.get_parameter("out.weight") is network.get_parameter("words.weight")
        assert not torch.equal(
            network.get_parameter("words.weight"), ticket.build(Tied()).get_parameter("words.weight")
        )


def test_a_ticket_of_an_image_network_has_all_controls() -> None:
    ticket = ticket_of("resnet-20", 0.3, KaimingNormal(seed=0), width=0.25)
    assert all(not same_tensors(built(make(name, ticket)), built(ticket)) for name in NAMES)
