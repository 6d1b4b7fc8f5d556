"""Residual networks of basic blocks for small images: ResNet-20, -56 and -110, and ResNet-18."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from torch import Tensor, nn
from torch.nn import functional

from tombola.models.widths import scaled


class BlockKind(Protocol):
    """What makes a block of `units` output channels, at width 1, from `fan_in` channels as they are."""

    def __call__(self, fan_in: int, units: int, stride: int, width: float) -> nn.Module: ...


def shortcut(fan_in: int, fan_out: int, stride: int) -> nn.Module:
    """Identity where the shape stays as it is, else a 1×1 convolution with batch norm."""
    if stride == 1 and fan_in == fan_out:
        return nn.Identity()
    conv = nn.Conv2d(fan_in, fan_out, 1, stride, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(fan_out)))


class BasicBlock(nn.Module):
    """`relu(norm2(conv2(relu(norm1(conv1(x))))) + shortcut(x))` with 3×3 convolutions."""

    def __init__(self, fan_in: int, units: int, stride: int = 1, width: float = 1.0) -> None:
        super().__init__()
        fan_out = scaled(units, width)
        self.conv1 = nn.Conv2d(fan_in, fan_out, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(fan_out)
        self.conv2 = nn.Conv2d(fan_out, fan_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(fan_out)
        self.shortcut = shortcut(fan_in, fan_out, stride)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = functional.relu(self.norm1(self.conv1(inputs)))
        return functional.relu(self.norm2(self.conv2(hidden)) + self.shortcut(inputs))


class ResNet(nn.Sequential):
    """`stem`, `stage1`, `stage2`, …, the mean over all pixels, and one linear layer, `head`.

    Every stage but the first halves height and width. Images of any size will do; `input_shape`
    is that of the images the network is meant for.

    Args:
        stem: the first layers, from the image to `stem_units` channels.
        stem_units: output channels of the stem, at width 1.
        block: makes the blocks of the stages.
        channels: output channels of each stage, at width 1.
        depths: blocks of each stage.
        input_shape: (channels, height, width) of one image.
        classes: outputs.
        width: factor on every layer's channels but the input and the output.

    Source: He et al. 2016.

    >>> [name for name, _ in resnet_20().named_children()]
    ['stem', 'stage1', 'stage2', 'stage3', 'pool', 'flatten', 'head']
    """

    def __init__(
        self,
        stem: nn.Module,
        stem_units: int,
        block: BlockKind,
        channels: Sequence[int],
        depths: Sequence[int],
        input_shape: tuple[int, int, int],
        classes: int,
        width: float,
    ) -> None:
        super().__init__()
        self.input_shape = tuple(input_shape)
        self.add_module("stem", stem)
        fan_in = scaled(stem_units, width)
        for index, (units, depth) in enumerate(zip(channels, depths, strict=True), start=1):
            first = block(fan_in, units, 1 if index == 1 else 2, width)
            fan_in = scaled(units, width)
            rest = (block(fan_in, units, 1, width) for _ in range(depth - 1))
            self.add_module(f"stage{index}", nn.Sequential(first, *rest))
        self.add_module("pool", nn.AdaptiveAvgPool2d(1))
        self.add_module("flatten", nn.Flatten())
        self.add_module("head", nn.Linear(fan_in, classes))


def small_images(channels: Sequence[int], depths: Sequence[int], classes: int = 10, width: float = 1.0) -> ResNet:
    """A network of basic blocks whose stem is one 3×3 convolution, without pooling, on 32×32 images."""
    units = scaled(channels[0], width)
    conv = nn.Conv2d(3, units, 3, padding=1, bias=False)
    stem = nn.Sequential(OrderedDict(conv=conv, norm=nn.BatchNorm2d(units), relu=nn.ReLU()))
    return ResNet(stem, channels[0], BasicBlock, channels, depths, (3, 32, 32), classes, width)


def resnet_20(classes: int = 10, width: float = 1.0) -> ResNet:
    """Three stages of three blocks with 16, 32 and 64 channels: 270,896 weights, 272,474 parameters.

    Where the shape changes, the shortcut is a 1×1 convolution with batch norm (option B of
    He et al. 2016), as in Frankle & Carbin 2019: they name its 2,560 weights, which they leave
    unpruned with the 640 of the last layer (`exclude=["*.shortcut.*", "head.weight"]`). Their
    274K is met by parameters and running statistics together, 274,042; by weights alone in
    neither option.

    Where we differ from He et al.: their networks for CIFAR have shortcuts without parameters
    (option A, zeros for the missing channels): 268,336 weights, 269,722 parameters, 271,098 with
    running statistics.

    Source: He et al. 2016, section 4.2; Frankle & Carbin 2019, section 4, where its name is ResNet-18.

    >>> sum(p.numel() for p in resnet_20().parameters())
    272474
    """
    return small_images((16, 32, 64), (3, 3, 3), classes, width)


def resnet_56(classes: int = 10, width: float = 1.0) -> ResNet:
    """As ResNet-20, with nine blocks a stage: 855,770 parameters (option A: 853,018)."""
    return small_images((16, 32, 64), (9, 9, 9), classes, width)


def resnet_110(classes: int = 10, width: float = 1.0) -> ResNet:
    """As ResNet-20, with eighteen blocks a stage: 1,730,714 parameters (option A: 1,727,962)."""
    return small_images((16, 32, 64), (18, 18, 18), classes, width)


def resnet_18(classes: int = 10, width: float = 1.0) -> ResNet:
    """Four stages of two blocks with 64 to 512 channels: 11,173,962 parameters.

    Where we differ from He et al.: their stem, for 224×224 images, is a 7×7 convolution of
    stride 2 and a max-pool; on 32×32 images it is one 3×3 convolution, as is usual.
    """
    return small_images((64, 128, 256, 512), (2, 2, 2, 2), classes, width)
