"""VGG networks for small images: VGG-16 and VGG-19 with batch norm and one linear layer."""

from collections import OrderedDict
from collections.abc import Sequence

from torch import nn

from tombola.models.widths import scaled

CHANNELS = (64, 128, 256, 512, 512)


class Vgg(nn.Sequential):
    """`stage1` to `stage5` of 3×3 convolutions, the mean over all pixels, and one linear layer, `head`.

    Each convolution has batch norm and ReLU after it; a 2×2 max-pool stands between stages, and
    the mean in the place of the fifth. Images of any size from 16×16 will do.

    Args:
        depths: convolutions of each stage.
        channels: of each stage's convolutions, at width 1.
        input_shape: (channels, height, width) of one image the network is meant for.
        classes: outputs.
        width: factor on every layer's channels but the input and the output.

    Where we differ from the paper: Simonyan & Zisserman's networks, for 224×224 images, have
    biases, no batch norm, a fifth max-pool and three linear layers. The version for CIFAR is that
    of Frankle & Carbin 2019, here without the biases that batch norm cancels.

    Source: Simonyan & Zisserman 2015; Frankle & Carbin 2019, section 4.

    >>> import torch
    >>> with torch.device("meta"):
    ...     sum(p.numel() for p in vgg_19().parameters())
    20035018
    """

    def __init__(
        self,
        depths: Sequence[int],
        channels: Sequence[int] = CHANNELS,
        input_shape: tuple[int, int, int] = (3, 32, 32),
        classes: int = 10,
        width: float = 1.0,
    ) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        fan_in = input_shape[0]
        for index, (units, depth) in enumerate(zip(channels, depths, strict=True), start=1):
            if index > 1:
                self.add_module(f"pool{index - 1}", nn.MaxPool2d(2))
            self.add_module(f"stage{index}", _stage(fan_in, scaled(units, width), depth))
            fan_in = scaled(units, width)
        self.add_module("pool", nn.AdaptiveAvgPool2d(1))
        self.add_module("flatten", nn.Flatten())
        self.add_module("head", nn.Linear(fan_in, classes))


def _stage(fan_in: int, units: int, depth: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for index in range(1, depth + 1):
        layers[f"conv{index}"] = nn.Conv2d(fan_in if index == 1 else units, units, 3, padding=1, bias=False)
        layers[f"norm{index}"] = nn.BatchNorm2d(units)
        layers[f"relu{index}"] = nn.ReLU()
    return nn.Sequential(layers)


def vgg_16(classes: int = 10, width: float = 1.0) -> Vgg:
    """Thirteen convolutions: 14,724,042 parameters."""
    return Vgg((2, 2, 3, 3, 3), classes=classes, width=width)


def vgg_19(classes: int = 10, width: float = 1.0) -> Vgg:
    """Sixteen convolutions: 20,035,018 parameters."""
    return Vgg((2, 2, 4, 4, 4), classes=classes, width=width)
