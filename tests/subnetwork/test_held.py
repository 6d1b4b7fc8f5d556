"""A held mask under every optimiser: removed weights, and all that is kept of them, are exactly zero at each step."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from tests.families import FAMILIES
from torch import nn

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork import HeldMask, prunable_layout
from tombola.training import OPTIMIZERS, Training, make_fabric
from tombola.training.optimizers import make_optimizer


def random_mask(model: nn.Module, include: tuple[str, ...] = (), density: float = 0.4) -> Mask:
    layout = prunable_layout(model, include)
    generator = torch.Generator().manual_seed(1)
    return Mask({name: torch.rand(shape, generator=generator) < density for name, shape in layout.by_name.items()})


def check_zero(model: nn.Module, optimizer: torch.optim.Optimizer, mask: Mask) -> None:
    for name, kept in mask.items():
        parameter = model.get_parameter(name)
        of_optimizer = [value for value in optimizer.state[parameter].values() if value.shape == parameter.shape]
        for tensor in (parameter.detach(), *of_optimizer):
            removed = tensor[~kept]
            assert torch.equal(removed, torch.zeros_like(removed))
            assert not torch.signbit(removed).any()


@pytest.mark.parametrize("precision", ["32", "bf16-mixed"])
@pytest.mark.parametrize("clip", [None, 0.1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_removed_weights_are_zero_at_every_step(optimizer: str, clip: float | None, precision: str) -> None:
    family = FAMILIES["conv"]
    model = family.make().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    mask = random_mask(model)
    HeldMask(model, mask)
    fabric = make_fabric(precision)
    settings = Training(optimizer=optimizer, lr=0.05, weight_decay=0.3)
    network, trained = fabric.setup(model, make_optimizer(model.parameters(), settings))
    before = {name: model.get_parameter(name).detach().clone() for name in mask}
    for step in range(4):
        trained.zero_grad()
        fabric.backward(F.cross_entropy(network(family.inputs(8)), torch.arange(8) % family.classes))
        if clip:
            fabric.clip_gradients(network, trained, max_norm=clip)
        trained.step()
        check_zero(model, trained, mask)
        assert step or all(not torch.equal(model.get_parameter(name), before[name]) for name in mask), "kept ones move"


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_trains_masked(name: str) -> None:
    family = FAMILIES[name]
    model = family.make()
    mask = random_mask(model, family.include)
    HeldMask(model, mask)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        F.cross_entropy(model(family.inputs(8)), torch.arange(8) % family.classes).backward()
        optimizer.step()
    check_zero(model, optimizer, mask)


def test_sparse_gradients_are_cut_too() -> None:
    words = nn.Embedding(4, 2, sparse=True)
    mask = Mask({"weight": torch.tensor([[True, False]] * 4)})
    HeldMask(words, mask)
    words(torch.tensor([1, 1, 2])).sum().backward()
    assert words.weight.grad is not None
    assert words.weight.grad.tolist() == [[0, 0], [2, 0], [1, 0], [0, 0]]


def test_gradients_that_are_no_numbers_are_cut_to_zero() -> None:
    model = nn.Linear(2, 1, bias=False)
    HeldMask(model, Mask({"weight": torch.tensor([[True, False]])}))
    model(torch.tensor([[1.0, float("nan")]])).sum().backward()
    assert model.weight.grad is not None
    assert float(model.weight.grad[0, 1]) == 0.0


def test_release_lets_removed_weights_go() -> None:
    model = nn.Linear(3, 1, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def step() -> None:
        optimizer.zero_grad()
        model(torch.ones(1, 3)).sum().backward()
        optimizer.step()

    with HeldMask(model, Mask({"weight": torch.tensor([[True, False, True]])})):
        step()
        assert (model.weight == 0).tolist() == [[False, True, False]]
    step()
    assert (model.weight != 0).all()


@pytest.mark.parametrize("given", [{"other": (1, 2)}, {"weight": (2, 1)}])
def test_a_mask_of_another_model_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="does not fit the model"):
        HeldMask(nn.Linear(2, 1), Mask({name: torch.ones(shape).bool() for name, shape in given.items()}))
