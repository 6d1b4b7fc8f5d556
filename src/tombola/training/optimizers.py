"""Optimisers by name. One flat tensor of scores makes each of them one fused operation."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from tombola.training.settings import Training

FUSED_ON = ("cpu", "cuda")  # the kinds of device whose fused kernels are used

Make = Callable[[list[nn.Parameter], "Training"], torch.optim.Optimizer]


def sgd(parameters: list[nn.Parameter], training: "Training") -> torch.optim.Optimizer:
    """Stochastic gradient descent with momentum, no Nesterov."""
    return torch.optim.SGD(
        parameters,
        lr=training.lr,
        momentum=training.momentum,
        weight_decay=training.weight_decay,
        fused=_fusable(parameters),
    )


def adam(parameters: list[nn.Parameter], training: "Training") -> torch.optim.Optimizer:
    """Adam, weight decay added to the gradient."""
    return torch.optim.Adam(parameters, lr=training.lr, weight_decay=training.weight_decay, fused=_fusable(parameters))


def adamw(parameters: list[nn.Parameter], training: "Training") -> torch.optim.Optimizer:
    """Adam with decoupled weight decay."""
    return torch.optim.AdamW(parameters, lr=training.lr, weight_decay=training.weight_decay, fused=_fusable(parameters))


OPTIMIZERS: dict[str, Make] = {"sgd": sgd, "adam": adam, "adamw": adamw}


def make_optimizer(parameters: Iterable[nn.Parameter], training: "Training") -> torch.optim.Optimizer:
    """The optimiser that the settings name, for the parameters that are trainable."""
    return OPTIMIZERS[training.optimizer]([p for p in parameters if p.requires_grad], training)


def _fusable(parameters: list[nn.Parameter]) -> bool:
    return all(p.is_floating_point() and p.device.type in FUSED_ON for p in parameters)
