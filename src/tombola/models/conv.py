"""VGG-like convolutional networks for small images: Conv2 to Conv8."""

from collections.abc import Sequence

from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.models.widths import scaled

CHANNELS = (64, 64, 128, 128, 256, 256, 512, 512)


class Conv(nn.Module):
    """Pairs of 3×3 convolutions (padding 1) with 2×2 max-pooling after each pair, then linear layers.

    ReLU between all layers, no biases, no batch norm: exactly the paper's networks. Where the paper pools after a ReLU,
    pooling comes first here, and ReLU has a quarter of the values to see. Outputs and gradients are the same bits:
    the largest of a window is the largest before a ReLU and after it.

    Args:
        channels: of each convolution, at width 1; an even number of them.
        input_shape: (channels, height, width) of one image.
        hidden: units of each hidden linear layer, at width 1.
        classes: outputs.
        width: factor on every layer's channels or units but the input and the output.

    Source: Ramanujan et al. 2020, Table 1.

    >>> sum(p.numel() for p in Conv(CHANNELS[:4]).parameters())
    2425024
    """

    def __init__(
        self,
        channels: Sequence[int],
        input_shape: tuple[int, int, int] = (3, 32, 32),
        hidden: Sequence[int] = (256, 256),
        classes: int = 10,
        width: float = 1.0,
    ) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        fan_in, height, breadth = input_shape
        pairs = len(channels) // 2
        if min(height, breadth) < 2**pairs:
            raise UsageError(f"input_shape={input_shape}: expected at least {2**pairs}×{2**pairs} pixels")
        layers: list[nn.Module] = []
        for index, units in enumerate(channels):
            layers.append(nn.Conv2d(fan_in, scaled(units, width), 3, padding=1, bias=False))
            layers += [nn.MaxPool2d(2), nn.ReLU()] if index % 2 else [nn.ReLU()]
            fan_in = scaled(units, width)
        self.features = nn.Sequential(*layers)
        fan_in *= (height // 2**pairs) * (breadth // 2**pairs)
        layers = [nn.Flatten()]
        for units in hidden:
            layers += [nn.Linear(fan_in, scaled(units, width), bias=False), nn.ReLU()]
            fan_in = scaled(units, width)
        self.classifier = nn.Sequential(*layers, nn.Linear(fan_in, classes, bias=False))

    def forward(self, inputs: Tensor) -> Tensor:
        outputs: Tensor = self.classifier(self.features(inputs))
        return outputs


def conv2(classes: int = 10, width: float = 1.0) -> Conv:
    """Two convolutions: 4,300,992 weights."""
    return Conv(CHANNELS[:2], classes=classes, width=width)


def conv4(classes: int = 10, width: float = 1.0) -> Conv:
    """Four convolutions: 2,425,024 weights."""
    return Conv(CHANNELS[:4], classes=classes, width=width)


def conv6(classes: int = 10, width: float = 1.0) -> Conv:
    """Six convolutions: 2,261,184 weights."""
    return Conv(CHANNELS[:6], classes=classes, width=width)


def conv8(classes: int = 10, width: float = 1.0) -> Conv:
    """Eight convolutions: 5,275,840 weights."""
    return Conv(CHANNELS, classes=classes, width=width)


def digits_conv(classes: int = 10, width: float = 1.0) -> Conv:
    """A small convolutional network for the embedded 8×8 digits."""
    return Conv((32, 32, 64, 64), (1, 8, 8), (64,), classes, width)
