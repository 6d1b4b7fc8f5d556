"""Counts against layer lists and published totals; functions against the formulas written out."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from tombola.errors import UsageError
from tombola.models import make
from tombola.subnetwork import prunable_layout

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """What the papers' tables say of a network."""

    stem: tuple[int, int]  # channels and kernel
    stages: tuple[tuple[int, int], ...]  # output channels and blocks
    squeeze: int | None  # of a bottleneck; None for a basic block
    classes: int
    parameters: int  # the published total


def small(blocks: int, parameters: int) -> Family:
    return Family((16, 3), ((16, blocks), (32, blocks), (64, blocks)), None, 10, parameters)


def large(third: int, squeeze: int, parameters: int) -> Family:
    return Family((64, 7), ((256, 3), (512, 4), (1024, third), (2048, 3)), squeeze, 1000, parameters)


FAMILIES = {
    "resnet-20": small(3, 272_474),
    "resnet-56": small(9, 855_770),
    "resnet-110": small(18, 1_730_714),
    "resnet-18": Family((64, 3), ((64, 2), (128, 2), (256, 2), (512, 2)), None, 10, 11_173_962),
    "resnet-34": Family((64, 7), ((64, 3), (128, 4), (256, 6), (512, 3)), None, 1000, 21_797_672),
    "resnet-50": large(6, 4, 25_557_032),
    "resnet-101": large(23, 4, 44_549_160),
    "wide-resnet-50": large(6, 2, 68_883_240),
}
SMALL = ("resnet-20", "resnet-56", "resnet-110", "resnet-18")


def block(family: Family, fan_in: int, units: int, stride: int, width: float) -> Iterator[Shape]:
    def wide(channels: int) -> int:
        return max(1, round(channels * width))

    if family.squeeze is None:
        yield from [(wide(units), fan_in, 3, 3), (wide(units), wide(units), 3, 3)]
    else:
        inner = wide(units // family.squeeze)
        yield from [(inner, fan_in, 1, 1), (inner, inner, 3, 3), (wide(units), inner, 1, 1)]
    if stride == 2 or fan_in != wide(units):
        yield (wide(units), fan_in, 1, 1)


def matrices(family: Family, width: float = 1.0) -> Iterator[Shape]:
    """Shapes of all convolutions and of the last layer, in order."""
    channels, kernel = family.stem
    channels = max(1, round(channels * width))
    yield (channels, 3, kernel, kernel)
    for stage, (units, blocks) in enumerate(family.stages):
        for index in range(blocks):
            yield from block(family, channels, units, 2 if stage and not index else 1, width)
            channels = max(1, round(units * width))
    yield (family.classes, channels)


def meta(name: str, **arguments: Any) -> nn.Module:
    with torch.device("meta"):
        return make(name, **arguments)


@pytest.mark.parametrize("name", FAMILIES)
def test_parameters_are_those_of_the_layer_list_and_the_published_total(name: str) -> None:
    shapes = list(matrices(FAMILIES[name]))
    norms = sum(2 * shape[0] for shape in shapes[:-1])  # one batch norm a convolution: scale and shift
    total = sum(math.prod(shape) for shape in shapes) + norms + FAMILIES[name].classes
    assert sum(p.numel() for p in meta(name).parameters()) == total == FAMILIES[name].parameters


@pytest.mark.parametrize("name", FAMILIES)
def test_prunable_are_all_convolutions_and_the_last_layer_alone(name: str) -> None:
    layout = prunable_layout(meta(name))
    assert layout.shapes == tuple(matrices(FAMILIES[name]))
    assert {name.rsplit(".")[-1] for name in layout.names} == {"weight"}


@given(st.sampled_from(sorted(FAMILIES)), st.floats(0.01, 3), st.integers(1, 200))
@settings(max_examples=25, deadline=None)
def test_width_and_classes_scale_every_layer(name: str, width: float, classes: int) -> None:
    layout = prunable_layout(meta(name, width=width, classes=classes))
    assert layout.shapes == tuple(matrices(replace(FAMILIES[name], classes=classes), width))


def test_resnet_20_is_the_lottery_papers_network() -> None:
    """Frankle & Carbin 2019: 2,560 weights in the shortcuts, 640 in the last layer, 274K in all."""
    model = meta("resnet-20")
    layout = prunable_layout(model)
    assert sum(layout.sized[name] for name in layout.names if ".shortcut." in name) == 2_560
    assert layout.sized["head.weight"] == 640
    assert layout.total == 270_896
    assert prunable_layout(model, exclude=["*.shortcut.*", "head.weight"]).total == 270_896 - 2_560 - 640
    statistics = sum(b.numel() for name, b in model.named_buffers() if "running" in name)
    assert sum(p.numel() for p in model.parameters()) + statistics == 274_042


@pytest.mark.parametrize(("name", "millions"), [("resnet-50", 7.7), ("resnet-101", 13.3), ("wide-resnet-50", 20.6)])
def test_density_0_3_keeps_what_the_edge_popup_paper_keeps(name: str, millions: float) -> None:
    """Ramanujan et al. 2020, Table 2."""
    assert round(0.3 * prunable_layout(meta(name)).total / 1e6, 1) == millions


def norm(state: dict[str, Tensor], name: str, inputs: Tensor) -> Tensor:
    mean, variance, scale, shift = (
        state[f"{name}.{leaf}"].view(-1, 1, 1) for leaf in ("running_mean", "running_var", "weight", "bias")
    )
    return (inputs - mean) / (variance + 1e-5).sqrt() * scale + shift


def reference_block(state: dict[str, Tensor], path: str, inputs: Tensor, stride: int) -> Tensor:
    kernels = [state[name] for name in state if name.startswith(f"{path}.conv")]
    hidden = inputs
    for index, kernel in enumerate(kernels, start=1):
        size = kernel.shape[-1]
        strided = index == (1 if len(kernels) == 2 else 2)
        hidden = functional.conv2d(hidden, kernel, stride=stride if strided else 1, padding=size // 2)
        hidden = norm(state, f"{path}.norm{index}", hidden)
        hidden = hidden.clamp(min=0) if index < len(kernels) else hidden
    if (projection := state.get(f"{path}.shortcut.conv.weight")) is not None:
        inputs = norm(state, f"{path}.shortcut.norm", functional.conv2d(inputs[..., ::stride, ::stride], projection))
    return (hidden + inputs).clamp(min=0)


def reference(name: str, state: dict[str, Tensor], images: Tensor) -> Tensor:
    family, stride = FAMILIES[name], 2 if FAMILIES[name].squeeze else 1
    hidden = functional.conv2d(images, state["stem.conv.weight"], stride=stride, padding=family.stem[1] // 2)
    hidden = norm(state, "stem.norm", hidden).clamp(min=0)
    hidden = functional.max_pool2d(hidden, 3, 2, 1) if family.squeeze else hidden
    for stage, (_, blocks) in enumerate(family.stages, start=1):
        for index in range(blocks):
            stride = 2 if stage > 1 and index == 0 else 1
            hidden = reference_block(state, f"stage{stage}.{index}", hidden, stride)
    return hidden.mean((2, 3)) @ state["head.weight"].T + state["head.bias"]


def with_random_norms(model: nn.Module) -> nn.Module:
    """In double precision, no batch norm the identity."""
    for module in model.double().modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.bias, module.running_mean, module.running_var):
                assert tensor is not None
                tensor.data.uniform_(0.5, 1.5)
    return model


@pytest.mark.parametrize("size", [(32, 32), (40, 23), (9, 16)])
@pytest.mark.parametrize("name", ["resnet-20", "resnet-18", "resnet-50", "wide-resnet-50"])
def test_it_is_the_function_of_the_paper_at_any_image_size(name: str, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    model = with_random_norms(make(name, width=0.07, classes=5)).eval()
    images = torch.randn(2, 3, *size, dtype=torch.float64)
    outputs = model(images)
    assert outputs.shape == (2, 5)
    torch.testing.assert_close(outputs, reference(name, model.state_dict(), images))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("pixels", [32, 64, 224])
def test_output_shapes(name: str, pixels: int) -> None:
    model = meta(name)
    assert model.input_shape == ((3, 32, 32) if name in SMALL else (3, 224, 224))
    assert model(torch.empty(2, 3, pixels, pixels, device="meta")).shape == (2, FAMILIES[name].classes)


@pytest.mark.parametrize(
    ("name", "pixels", "sizes"), [("resnet-18", 32, (32, 16, 8, 4)), ("resnet-50", 224, (56, 28, 14, 7))]
)
def test_image_size_after_each_stage(name: str, pixels: int, sizes: Shape) -> None:
    hidden, seen = torch.empty(1, 3, pixels, pixels, device="meta"), []
    for child, module in meta(name).named_children():
        hidden = module(hidden)
        seen += [hidden.shape[-1]] if child.startswith("stage") else []
    assert tuple(seen) == sizes


@pytest.mark.parametrize(("name", "width"), [("resnet-20", 1.0), ("resnet-18", 0.1), ("resnet-50", 0.1)])
def test_every_parameter_has_a_gradient(name: str, width: float) -> None:
    torch.manual_seed(0)
    model = make(name, width=width, classes=3)
    functional.cross_entropy(model(torch.randn(4, 3, 32, 32)), torch.tensor([0, 1, 2, 0])).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None, parameter_name
        assert parameter.grad.isfinite().all(), parameter_name
        assert parameter.grad.any(), parameter_name


@pytest.mark.parametrize("name", ["resnet-20", "resnet-50"])
def test_copies_share_nothing_and_training_mode_is_batch_norms_alone(name: str) -> None:
    model, images = make(name, width=0.1), torch.randn(4, 3, 32, 32)
    twin = copy.deepcopy(model)
    before = model.eval()(images)
    assert torch.allclose(before, torch.cat([model(image[None]) for image in images]), atol=1e-5)
    trained = twin.train()(images)
    assert not torch.allclose(trained, before)
    assert torch.equal(model(images), before), "the copy's statistics are its own"
    assert not torch.allclose(twin.eval()(images), before), "statistics have moved"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("resnet-19", {}, "unknown model 'resnet-19'"),
        ("resnet-20", {"depth": 32}, "unknown argument of model resnet-20 'depth'"),
        ("resnet-20", {"width": 0}, "width=0: expected a number above 0"),
        ("resnet-50", {"width": "2"}, "width=2: expected a number above 0"),
        ("resnet-50", {"width": float("inf")}, "width=inf: expected a number above 0"),
        ("resnet-18", {"classes": 0}, "classes=0 of model resnet-18: expected a whole number, 1 or more"),
        ("resnet-20", {"width": 1e18}, "model resnet-20 cannot be made with"),
        ("wide-resnet-50", {"classes": 10**30}, "model wide-resnet-50 cannot be made with"),
    ],
)
def test_resnets_refuse(name: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        meta(name, **arguments)
    assert "\n" not in str(caught.value)
