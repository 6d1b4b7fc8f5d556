"""Counts against layer lists and published totals; the function against the formula written out."""

import copy
import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from tombola.errors import UsageError
from tombola.models import make
from tombola.subnetwork import prunable_layout

# Output channels of each convolution; 0 where the image is halved.
PLANS = {
    "vgg-16": [64, 64, 0, 128, 128, 0, *3 * [256], 0, *3 * [512], 0, *3 * [512]],
    "vgg-19": [64, 64, 0, 128, 128, 0, *4 * [256], 0, *4 * [512], 0, *4 * [512]],
}
PUBLISHED = {"vgg-16": 14_724_042, "vgg-19": 20_035_018}


def matrices(name: str, width: float = 1.0, classes: int = 10) -> list[tuple[int, ...]]:
    channels = [3, *(max(1, round(units * width)) for units in PLANS[name] if units)]
    convolutions = [(out, into, 3, 3) for into, out in pairwise(channels)]
    return [*convolutions, (classes, channels[-1])]


def meta(name: str, **arguments: Any) -> nn.Module:
    with torch.device("meta"):
        return make(name, **arguments)


@pytest.mark.parametrize("name", PLANS)
def test_parameters_are_those_of_the_plan_and_the_published_total(name: str) -> None:
    shapes = matrices(name)
    norms = sum(2 * shape[0] for shape in shapes[:-1])  # one batch norm a convolution: scale and shift
    total = sum(math.prod(shape) for shape in shapes) + norms + 10
    assert sum(p.numel() for p in meta(name).parameters()) == total == PUBLISHED[name]


@given(st.sampled_from(sorted(PLANS)), st.floats(0.01, 3), st.integers(1, 200))
def test_prunable_are_all_convolutions_and_the_last_layer_at_every_width(name: str, width: float, classes: int) -> None:
    assert prunable_layout(meta(name)).shapes == tuple(matrices(name))
    layout = prunable_layout(meta(name, width=width, classes=classes))
    assert layout.shapes == tuple(matrices(name, width, classes))


def test_names_say_where_a_layer_stands() -> None:
    names = prunable_layout(meta("vgg-16")).names
    assert names[:4] == ("stage1.conv1.weight", "stage1.conv2.weight", "stage2.conv1.weight", "stage2.conv2.weight")
    assert names[-2:] == ("stage5.conv3.weight", "head.weight")


@pytest.mark.parametrize("size", [(32, 32), (16, 16), (50, 37)])
@pytest.mark.parametrize("name", PLANS)
def test_it_is_the_plan_at_any_image_size(name: str, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = make(name, width=0.05, classes=5).double()
    modules = list(model.modules())
    convolutions = iter([module for module in modules if isinstance(module, nn.Conv2d)])
    norms = iter([module for module in modules if isinstance(module, nn.BatchNorm2d)])
    images = torch.randn(2, 3, *size, dtype=torch.float64)
    hidden = images
    for units in PLANS[name]:
        if not units:
            hidden = functional.max_pool2d(hidden, 2)
            continue
        hidden = functional.conv2d(hidden, next(convolutions).weight, padding=1)
        mean, variance = hidden.mean((0, 2, 3), keepdim=True), hidden.var((0, 2, 3), correction=0, keepdim=True)
        norm = next(norms)
        norm.weight.data.uniform_(0.5, 1.5)
        norm.bias.data.uniform_(-0.5, 0.5)
        hidden = (hidden - mean) / (variance + 1e-5).sqrt()
        hidden = (hidden * norm.weight.view(-1, 1, 1) + norm.bias.view(-1, 1, 1)).clamp(min=0)
    head = model.get_submodule("head")
    assert isinstance(head, nn.Linear)
    outputs = model.train()(images)
    assert outputs.shape == (2, 5)
    torch.testing.assert_close(outputs, hidden.mean((2, 3)) @ head.weight.T + head.bias)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("pixels", [16, 32, 224])
def test_output_shapes_of_vggs(name: str, pixels: int) -> None:
    model = meta(name)
    assert model.input_shape == (3, 32, 32)
    assert model(torch.empty(2, 3, pixels, pixels, device="meta")).shape == (2, 10)


def test_every_parameter_of_a_vgg_has_a_gradient() -> None:
    torch.manual_seed(0)
    model = make("vgg-16", width=0.25, classes=3)
    functional.cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.tensor([0, 1, 2, 0])).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


def test_copies_share_nothing_and_evaluation_takes_images_one_by_one() -> None:
    model, images = make("vgg-16", width=0.1), torch.randn(4, 3, 32, 32)
    twin = copy.deepcopy(model)
    before = model.eval()(images)
    assert torch.allclose(before, torch.cat([model(image[None]) for image in images]), atol=1e-5)
    assert not torch.allclose(twin.train()(images), before)
    assert torch.equal(model(images), before), "the copy's statistics are its own"
    assert not torch.allclose(twin.eval()(images), before), "statistics have moved"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("vgg-11", {}, "unknown model 'vgg-11': did you mean 'vgg-1"),
        ("vgg-16", {"depths": [1]}, "unknown argument of model vgg-16 'depths'"),
        ("vgg-16", {"width": -1}, "width=-1: expected a number above 0"),
        ("vgg-16", {"width": 10**400}, "width=1.*0: expected a number above 0"),
        ("vgg-19", {"classes": 1.0}, r"classes=1\.0 of model vgg-19: expected a whole number, 1 or more"),
        ("vgg-19", {"width": 1e18}, "model vgg-19 cannot be made with"),
    ],
)
def test_vggs_refuse(name: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        meta(name, **arguments)
    assert "\n" not in str(caught.value)
