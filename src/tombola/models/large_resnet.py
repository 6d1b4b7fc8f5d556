"""Residual networks for ImageNet: ResNet-34 of basic blocks; ResNet-50, -101 and Wide ResNet-50 of bottlenecks."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from tombola.models.resnet import BasicBlock, BlockKind, ResNet, shortcut
from tombola.models.widths import scaled

BASIC, WIDE = (64, 128, 256, 512), (256, 512, 1024, 2048)  # output channels of the stages


class Bottleneck(nn.Module):
    """Convolutions 1×1, 3×3 (with the stride) and 1×1, each with batch norm, beside a shortcut.

    Args:
        fan_in: input channels.
        units: output channels, at width 1.
        stride: of the 3×3 convolution and of the shortcut.
        width: factor on `units` and on the channels between.
        squeeze: how many times fewer channels the 3×3 convolution has than the output.

    Where we differ from the paper: it has the stride in the first 1×1 convolution; here it is in
    the 3×3, as in torchvision, which loses fewer pixels and has the same number of weights.

    Source: He et al. 2016, Figure 5.
    """

    def __init__(self, fan_in: int, units: int, stride: int = 1, width: float = 1.0, squeeze: int = 4) -> None:
        super().__init__()
        inner, fan_out = scaled(units // squeeze, width), scaled(units, width)
        self.conv1 = nn.Conv2d(fan_in, inner, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, fan_out, 1, bias=False)
        self.norm3 = nn.BatchNorm2d(fan_out)
        self.shortcut = shortcut(fan_in, fan_out, stride)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = functional.relu(self.norm1(self.conv1(inputs)))
        hidden = functional.relu(self.norm2(self.conv2(hidden)))
        return functional.relu(self.norm3(self.conv3(hidden)) + self.shortcut(inputs))


def large_images(
    block: BlockKind, channels: Sequence[int], depths: Sequence[int], classes: int, width: float
) -> ResNet:
    """A network on 224×224 images; its stem is a 7×7 convolution and a max-pool, both of stride 2."""
    units = scaled(64, width)
    conv = nn.Conv2d(3, units, 7, 2, padding=3, bias=False)
    pool = nn.MaxPool2d(3, 2, padding=1)
    stem = nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(units), relu=nn.ReLU(), pool=pool))
    return ResNet(stem, 64, block, channels, depths, (3, 224, 224), classes, width)


def resnet_34(classes: int = 1000, width: float = 1.0) -> ResNet:
    """Stages of 3, 4, 6 and 3 basic blocks: 21,797,672 parameters. Source: He et al. 2016, Table 1.

    >>> import torch
    >>> with torch.device("meta"):
    ...     sum(p.numel() for p in resnet_34().parameters())
    21797672
    """
    return large_images(BasicBlock, BASIC, (3, 4, 6, 3), classes, width)


def resnet_50(classes: int = 1000, width: float = 1.0) -> ResNet:
    """Stages of 3, 4, 6 and 3 blocks: 25,557,032 parameters. Source: He et al. 2016, Table 1.

    >>> import torch
    >>> with torch.device("meta"):
    ...     sum(p.numel() for p in resnet_50().parameters())
    25557032
    """
    return large_images(Bottleneck, WIDE, (3, 4, 6, 3), classes, width)


def resnet_101(classes: int = 1000, width: float = 1.0) -> ResNet:
    """Stages of 3, 4, 23 and 3 blocks: 44,549,160 parameters. Source: He et al. 2016, Table 1."""
    return large_images(Bottleneck, WIDE, (3, 4, 23, 3), classes, width)


def wide_resnet_50(classes: int = 1000, width: float = 1.0) -> ResNet:
    """ResNet-50 with twice the channels inside the blocks: 68,883,240 parameters.

    Source: Zagoruyko & Komodakis 2016, WRN-50-2-bottleneck.
    """
    return large_images(partial(Bottleneck, squeeze=2), WIDE, (3, 4, 6, 3), classes, width)
