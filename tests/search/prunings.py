"""What the tests of pruning before training share: a job, its network, and the loss of its examples."""

import copy
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tombola.api import plan
from tombola.masks import Mask
from tombola.search import Job, Method
from tombola.search.parts.probe import drawn_examples
from tombola.subnetwork import Subnetwork, prunable_layout

Splits = tuple[tuple[Tensor, Tensor], ...]


def splits(dtype: torch.dtype = torch.float64, classes: int = 3, features: int = 6) -> Splits:
    generator = torch.Generator().manual_seed(5)

    def split(count: int) -> tuple[Tensor, Tensor]:
        inputs = torch.randn(count, features, generator=generator, dtype=torch.float64)
        return inputs.to(dtype), inputs[:, :classes].argmax(1)

    return split(90), split(20), split(20)


def perceptron(*sizes: int, activation: Callable[[], nn.Module] = nn.Tanh, bias: bool = True) -> nn.Sequential:
    torch.manual_seed(1)
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out, bias=bias), activation()]
    return nn.Sequential(*layers[:-1])


def job_of(model: nn.Module | str, data: Any, method: Method, **settings: Any) -> Job:
    chosen: dict[str, Any] = {"epochs": 1, "batch_size": 16, "precision": "32"} | settings
    return plan(model, data, method=method, **chosen).job


def network_of(job: Job) -> Subnetwork:
    model = job.model.make()
    layout = prunable_layout(model, job.include, job.exclude)
    whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in layout.by_name.items()})
    return Subnetwork(model, whole, job.weights, include=job.include, exclude=job.exclude)


def loss_of(
    job: Job, examples: int | None, network: Subnetwork, temperature: float = 1.0
) -> Callable[[Tensor], Tensor]:
    """The mean loss over all examples at once, of the flat weights; no dropout, batch norm as in training."""
    skeleton = copy.deepcopy(network.skeleton).eval()
    for module in skeleton.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.train()
    drawn = drawn_examples(job.data, examples, job.seeds.mask_seed)

    def loss(flat: Tensor) -> Tensor:
        named = network.layout.named(flat)
        outputs = functional_call(skeleton, named, (job.data.preparation(drawn.inputs),))
        return job.task.loss(outputs / temperature, drawn.targets)

    return loss
