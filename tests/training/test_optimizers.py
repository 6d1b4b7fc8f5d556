"""Each optimiser against its formula, in plain Python numbers."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from tombola.training import Training
from tombola.training.optimizers import make_optimizer

GRADIENTS = [0.5, -1.0, 0.25, 2.0]
LR, DECAY = 0.1, 0.01


def sgd() -> Iterator[float]:
    x, velocity = 1.0, 0.0
    for index, gradient in enumerate(GRADIENTS):
        step = gradient + DECAY * x
        velocity = step if index == 0 else 0.9 * velocity + step
        x -= LR * velocity
        yield x


def adam(decoupled: bool) -> Iterator[float]:
    x, first, second = 1.0, 0.0, 0.0
    for index, gradient in enumerate(GRADIENTS, start=1):
        step = gradient if decoupled else gradient + DECAY * x
        x *= 1 - LR * DECAY if decoupled else 1.0
        first, second = 0.9 * first + 0.1 * step, 0.999 * second + 0.001 * step**2
        x -= LR * (first / (1 - 0.9**index)) / (math.sqrt(second / (1 - 0.999**index)) + 1e-8)
        yield x


@pytest.mark.parametrize(
    ("name", "expected"), [("sgd", [*sgd()]), ("adam", [*adam(decoupled=False)]), ("adamw", [*adam(decoupled=True)])]
)
def test_steps_follow_the_formula(name: str, expected: list[float]) -> None:
    parameter = nn.Parameter(torch.tensor([1.0]))
    optimizer = make_optimizer([parameter], Training(optimizer=name, lr=LR, weight_decay=DECAY))
    followed = []
    for gradient in GRADIENTS:
        parameter.grad = torch.tensor([gradient])
        optimizer.step()
        followed.append(parameter.item())
    assert followed == pytest.approx(expected, rel=1e-5)


def test_only_what_requires_gradients_is_trained() -> None:
    frozen, free = nn.Parameter(torch.ones(2), requires_grad=False), nn.Parameter(torch.ones(3))
    optimizer = make_optimizer([frozen, free], Training())
    assert [id(p) for group in optimizer.param_groups for p in group["params"]] == [id(free)]
