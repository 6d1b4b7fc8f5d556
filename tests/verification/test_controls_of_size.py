import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.verification.making import given_weights, normal_ticket, same_tensors, ticket_of

from tombola import models
from tombola.masks import Mask
from tombola.subnetwork import Subnetwork, prunable_layout
from tombola.ticket import Architecture, Ticket
from tombola.verification import CONTROLS, NotApplicable
from tombola.verification.controls.narrow import nearest_width
from tombola.weights import KaimingNormal, Recipe, SignedKaimingConstant

NAME = "dense-equal-parameters"


def make(ticket: Ticket, seed: int = 0) -> Ticket:
    return CONTROLS[NAME].make(ticket, seed)


def mlp_weights(width: float) -> int:
    """Of 64-256-128-10 by hand."""
    first, second = max(1, round(256 * width)), max(1, round(128 * width))
    return 64 * first + first * second + second * 10


@pytest.mark.parametrize("density", [0.001, 0.05, 0.3, 0.9, 1.0])
def test_no_width_comes_nearer(density: float) -> None:
    ticket = ticket_of(density=density)
    control = make(ticket)
    width = control.architecture.arguments["width"]
    assert isinstance(width, float)
    assert control.mask.kept() == control.mask.numel() == mlp_weights(width)
    # Every number of weights that some width up to 1 gives, by going through all of them.
    reached = {mlp_weights(step / 4096) for step in range(1, 4097)}
    kept = ticket.mask.kept()
    assert abs(control.mask.kept() - kept) == min(abs(count - kept) for count in reached)


def test_the_numbers_of_a_known_case() -> None:
    ticket = ticket_of("lenet-300-100", 0.2)
    assert ticket.mask.kept() == 53_240
    control = make(ticket)
    assert control.architecture.arguments == {"width": 0.22}
    assert control.mask.kept() == 784 * 66 + 66 * 22 + 22 * 10 == 53_416


def test_it_is_dense_and_untrained_and_drawn_from_the_same_recipe() -> None:
    ticket = ticket_of("resnet-20", 0.25, KaimingNormal(seed=3, scaled=True, fan="fan_out"), width=0.5)
    shifted = {name: tensor + 1 for name, tensor in ticket.state.items()}
    trained = Ticket(ticket.architecture, ticket.mask, ticket.densities, ticket.weights, shifted, spec=ticket.spec)
    control = make(trained)
    assert isinstance(control.weights, KaimingNormal)
    assert (control.weights.scaled, control.weights.fan) == (True, "fan_out")
    assert control.weights.seed != 3
    assert set(control.densities.values()) == {1.0}
    network = control.build()
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert len(norms) > 10
    buffers = [dict(norm.named_buffers()) for norm in norms]
    assert all(not state["running_mean"].any() and bool((state["running_var"] == 1).all()) for state in buffers)
    assert all(bool((norm.weight == 1).all()) and not norm.bias.any() for norm in norms)
    assert control.spec == ticket.spec


def test_given_weights_take_the_recipe_of_the_spec() -> None:
    ticket = ticket_of(density=0.5)
    assert isinstance(make(given_weights(ticket)).weights, SignedKaimingConstant)


def test_only_the_layers_that_the_ticket_masks_are_counted() -> None:
    model = models.make("digits-mlp", bias=False)
    layout = prunable_layout(model, exclude=["fc3"])
    recipe = KaimingNormal(seed=0)
    mask = Mask({name: torch.arange(math.prod(shape)).view(shape) % 3 == 0 for name, shape in layout.by_name.items()})
    state = Subnetwork(model, mask, recipe, exclude=["fc3"]).unmasked_state()
    architecture = Architecture("digits-mlp", {"bias": False}, builtin=True)
    ticket = Ticket(architecture, mask, dict.fromkeys(mask, 1.0), recipe, state)
    control = make(ticket)
    assert list(control.mask) == ["fc1.weight", "fc2.weight"]
    assert abs(control.mask.kept() - ticket.mask.kept()) < 400
    assert list(control.state) == ["fc3.weight"]
    assert isinstance(control.weights, Recipe)
    drawn = control.weights.tensor("fc3.weight", tuple(control.state["fc3.weight"].shape))
    assert torch.equal(control.state["fc3.weight"], drawn)


def test_the_framework_generator_is_left_alone() -> None:
    ticket = normal_ticket()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    make(ticket)
    assert torch.equal(torch.rand(3), expected)


def test_the_reasons() -> None:
    ticket = normal_ticket()
    own = Architecture("my.module:Net")
    with pytest.raises(NotApplicable, match=r"my\.module:Net is not builtin"):
        make(Ticket(own, ticket.mask, ticket.densities, ticket.weights, ticket.state))
    nothing = Mask({name: torch.zeros_like(bits) for name, bits in ticket.mask.items()})
    with pytest.raises(NotApplicable, match="keeps no weight"):
        make(Ticket(ticket.architecture, nothing, ticket.densities, ticket.weights, ticket.state))


def test_an_architecture_without_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    def fixed() -> torch.nn.Module:
        return torch.nn.Linear(4, 3)

    monkeypatch.setitem(models.MODELS, "fixed", fixed)
    with pytest.raises(NotApplicable, match="fixed has no width"):
        make(ticket_of("fixed"))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 5000), st.floats(0.1, 3.0))
def test_the_nearest_width_against_trying_all(first: int, second: int, wanted: int, widest: float) -> None:
    def count(width: float) -> int:
        one, two = max(1, round(first * width)), max(1, round(second * width))
        return 7 * one + one * two + 3 * two

    found = nearest_width(count, wanted, widest)
    tried = [step / 1000 for step in range(1, round(widest * 1000) + 1)]
    assert abs(count(found) - wanted) <= min(abs(count(width) - wanted) for width in tried)


def test_the_narrower_of_two_that_are_equally_near() -> None:
    assert nearest_width(lambda width: 10 * max(1, round(10 * width)), 25, 1.0) == 0.2
    steps = {0.0: 10, 0.15: 20, 0.16: 30}  # 0.2 has fewer decimals than 0.15
    assert nearest_width(lambda width: max(count for step, count in steps.items() if step <= width), 25, 1.0) == 0.15


def test_two_seeds_have_the_same_size_and_other_weights() -> None:
    one, other = make(normal_ticket(), 0), make(normal_ticket(), 1)
    assert one.mask == other.mask
    assert not same_tensors(one.initial_weights(), other.initial_weights())
