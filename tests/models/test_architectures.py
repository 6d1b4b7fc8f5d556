"""Weights are counted against the sources' tables; widths against the formula written out."""

from typing import Any

import pytest
import torch
from torch import nn

from tombola.errors import UsageError
from tombola.models import MODELS, NAMES, make

# Ramanujan et al. 2020, Table 1, the two perceptrons, and the networks with batch norm, whose counts
# test_resnets.py and test_vggs.py derive: convolutional and fully connected weights.
TABLE = {
    "conv2": (38_592, 4_262_400, (3, 32, 32)),
    "conv4": (259_776, 2_165_248, (3, 32, 32)),
    "conv6": (1_144_512, 1_116_672, (3, 32, 32)),
    "conv8": (4_683_456, 592_384, (3, 32, 32)),
    "mlp": (0, 266_200, (1, 28, 28)),  # whose hidden layers are given; by default as LeNet has them
    "lenet-300-100": (0, 266_200, (1, 28, 28)),
    "mlp-200-30": (0, 163_100, (1, 28, 28)),
    "digits-mlp": (0, 64 * 256 + 256 * 128 + 128 * 10, (1, 8, 8)),
    "digits-conv": (9 * (32 + 32 * 32 + 32 * 64 + 64 * 64), 64 * 4 * 64 + 64 * 10, (1, 8, 8)),
    "resnet-20": (270_256, 640, (3, 32, 32)),
    "resnet-56": (850_864, 640, (3, 32, 32)),
    "resnet-110": (1_721_776, 640, (3, 32, 32)),
    "resnet-18": (11_159_232, 5_120, (3, 32, 32)),
    "vgg-16": (14_710_464, 5_120, (3, 32, 32)),
    "vgg-19": (20_018_880, 5_120, (3, 32, 32)),
    "resnet-34": (21_267_648, 512_000, (3, 224, 224)),
    "resnet-50": (23_454_912, 2_048_000, (3, 224, 224)),
    "resnet-101": (42_394_816, 2_048_000, (3, 224, 224)),
    "wide-resnet-50": (66_766_016, 2_048_000, (3, 224, 224)),
}


def weights(model: nn.Module) -> tuple[int, int]:
    matrices = [p for name, p in model.named_parameters() if name.endswith("weight")]
    return sum(p.numel() for p in matrices if p.dim() == 4), sum(p.numel() for p in matrices if p.dim() == 2)


def test_every_model_is_in_the_table() -> None:
    assert set(NAMES) == set(MODELS) == set(TABLE)


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_those_of_the_table(name: str) -> None:
    with torch.device("meta"):
        assert weights(make(name)) == TABLE[name][:2]


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_images_of_its_input_shape_and_gives_a_value_a_class(name: str) -> None:
    model = make(name, width=0.05, classes=7)
    assert model.input_shape == TABLE[name][2]
    assert model(torch.randn(2, *TABLE[name][2])).shape == (2, 7)


@pytest.mark.parametrize("name", NAMES)
def test_the_meta_device_needs_no_memory(name: str) -> None:
    with torch.device("meta"):
        model = make(name, width=50, classes=10)
        outputs = model(torch.empty(3, *TABLE[name][2]))
    assert all(parameter.is_meta for parameter in model.parameters())
    assert outputs.shape == (3, 10)


def test_convolutional_networks_have_no_biases() -> None:
    for name in ("conv2", "conv8", "digits-conv"):
        assert not [key for key in make(name, width=0.1).state_dict() if "bias" in key]


def test_perceptrons_have_biases_unless_told() -> None:
    assert [n for n, _ in make("mlp-200-30").named_parameters()] == [
        f"fc{i}.{kind}" for i in (1, 2, 3) for kind in ("weight", "bias")
    ]
    assert [n for n, _ in make("mlp-200-30", bias=False).named_parameters()] == [f"fc{i}.weight" for i in (1, 2, 3)]


def test_width_scales_all_but_input_and_output() -> None:
    shapes = [tuple(p.shape) for n, p in make("lenet-300-100", width=0.25).named_parameters() if "weight" in n]
    assert shapes == [(75, 784), (25, 75), (10, 25)]
    shapes = [tuple(p.shape) for p in make("conv4", width=0.5).parameters()]
    convolutions = [(32, 3, 3, 3), (32, 32, 3, 3), (64, 32, 3, 3), (64, 64, 3, 3)]
    assert shapes == [*convolutions, (128, 64 * 64), (128, 128), (10, 128)]


def test_conv4_is_the_function_that_the_paper_describes() -> None:
    model, images = make("conv4", width=0.1), torch.randn(2, 3, 32, 32)
    matrices = list(model.parameters())
    hidden = images
    for index, weight in enumerate(matrices[:4]):
        hidden = nn.functional.conv2d(hidden, weight, padding=1).relu()
        if index % 2:
            hidden = nn.functional.max_pool2d(hidden, 2)
    hidden = hidden.flatten(1)
    for weight in matrices[4:6]:
        hidden = (hidden @ weight.T).relu()
    assert torch.allclose(model(images), hidden @ matrices[6].T, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("lenet", {}, "did you mean 'lenet-300-100'"),
        ("conv3", {}, "unknown model 'conv3'"),
        ("conv2", {"widht": 2}, "unknown argument of model conv2 'widht': did you mean 'width'"),
        ("conv2", {"bias": False}, "unknown argument of model conv2 'bias'"),
        ("conv2", {"width": 0}, "width=0: expected a number above 0"),
        ("conv2", {"width": float("nan")}, "width=nan: expected a number above 0"),
        ("conv2", {"width": "wide"}, "width=wide: expected a number above 0"),
        ("conv2", {"width": True}, "width=True: expected a number above 0"),
        ("conv2", {"classes": 0}, "classes=0 of model conv2: expected a whole number, 1 or more"),
        ("conv2", {"classes": 2.5}, r"classes=2\.5 of model conv2"),
        ("mlp-200-30", {"bias": "no"}, "bias='no' of model mlp-200-30: expected true or false"),
        ("conv2", {"width": 1e18}, "model conv2 cannot be made with"),
        ("conv2", {"classes": 10**30}, "model conv2 cannot be made with"),
    ],
)
def test_what_is_refused(name: str, arguments: dict[str, Any], said: str) -> None:
    with torch.device("meta"), pytest.raises(UsageError, match=said) as caught:
        make(name, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_pooling_before_relu_is_the_papers_network_to_the_bit(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    model = make("conv4", width=0.2).to(dtype)
    inputs, targets = torch.randn(4, 3, 32, 32, dtype=dtype), torch.arange(4)
    inputs[0], inputs[1] = 0, inputs[1].clamp(max=0)  # ties, and windows without a value above zero
    convolutions = [p for p in model.parameters() if p.dim() == 4]
    linear = [p for p in model.parameters() if p.dim() == 2]

    outputs = inputs
    for index, weight in enumerate(convolutions):
        outputs = nn.functional.conv2d(outputs, weight, padding=1).relu()
        outputs = nn.functional.max_pool2d(outputs, 2) if index % 2 else outputs
    outputs = outputs.flatten(1)
    for weight in linear[:-1]:
        outputs = nn.functional.linear(outputs, weight).relu()
    outputs = nn.functional.linear(outputs, linear[-1])

    ours = model(inputs)
    assert torch.equal(ours, outputs)
    gradients = [
        torch.autograd.grad(nn.functional.cross_entropy(each, targets), list(model.parameters()))
        for each in (ours, outputs)
    ]
    assert all(map(torch.equal, *gradients))
