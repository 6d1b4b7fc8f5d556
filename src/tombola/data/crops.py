"""A square part of an image at a fixed size: drawn at random for training, the middle for evaluation.

Sizes, rounding and order of operations are those of torchvision's `RandomResizedCrop`, and of
`Resize` and `CenterCrop`, on PIL images with bilinear interpolation; the numbers drawn are our own.

Source: Szegedy et al. 2015, section 6 (areas 0.08 to 1, aspect ratios 3/4 to 4/3); Krizhevsky et al.
2012 (256 pixels and the middle 224).
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tombola.data.seeds import uniforms

if TYPE_CHECKING:
    from PIL.Image import Image

Draws = NDArray[np.float64]

AREA = (0.08, 1.0)
ASPECT = (3 / 4, 4 / 3)
TRIES = 10


class Box(NamedTuple):
    """A part of an image, in pixels."""

    left: int
    top: int
    width: int
    height: int


def crop_draws(count: int, seed: int, epoch: int, batch: int) -> Draws:
    """What the crops of a batch are made of: float64 (count, TRIES, 4) in [0, 1): area, aspect, top, left."""
    return uniforms((count, TRIES, 4), "crop", seed, epoch, batch)


def training_box(width: int, height: int, draws: Draws) -> Box:
    """The first try that lies inside the image, or its middle.

    Args:
        width, height: of the image, pixels.
        draws: (TRIES, 4), in [0, 1).

    >>> training_box(100, 80, np.zeros((TRIES, 4)))
    Box(left=0, top=0, width=22, height=29)
    """
    shapes = [math.log(bound) for bound in ASPECT]
    for area, aspect, top, left in draws.tolist():
        pixels = width * height * (AREA[0] + area * (AREA[1] - AREA[0]))
        ratio = math.exp(shapes[0] + aspect * (shapes[1] - shapes[0]))
        part = round(math.sqrt(pixels * ratio)), round(math.sqrt(pixels / ratio))
        if 0 < part[0] <= width and 0 < part[1] <= height:
            return Box(int(left * (width - part[0] + 1)), int(top * (height - part[1] + 1)), *part)
    return _middle(width, height)


def training_crop(image: "Image", size: int, draws: Draws) -> "Image":
    """The part of `image` that `draws` say, RGB, `size` x `size` pixels.

    A JPEG of which twice as many pixels are taken as are wanted, or more, is decoded at a half, a
    quarter or an eighth of its size: two to six times as fast, and still never enlarged.
    """
    from PIL.Image import Resampling

    width, height = image.size
    left, top, across, down = training_box(width, height, draws)
    shrunk = _shrunk(image, min(across, down) // size)
    if shrunk == 1:
        taken = image.crop((left, top, left + across, top + down)).convert("RGB")
        return taken.resize((size, size), Resampling.BILINEAR)
    box = left / shrunk, top / shrunk, (left + across) / shrunk, (top + down) / shrunk
    return image.convert("RGB").resize((size, size), Resampling.BILINEAR, box=box)


def evaluation_crop(image: "Image", size: int) -> "Image":
    """The middle `size` x `size` pixels, RGB, of the image whose shorter side is brought to 256/224 of `size`.

    Never decoded at a fraction of its size: what is reported is computed as it usually is.
    """
    from PIL.Image import Resampling

    width, height = image.size
    short = round(size * 256 / 224)
    resized = (int(short * width / height), short) if width > height else (short, int(short * height / width))
    left, top = (round((side - size) / 2) for side in resized)
    whole = image.convert("RGB").resize(resized, Resampling.BILINEAR)
    return whole.crop((left, top, left + size, top + size))


def _middle(width: int, height: int) -> Box:
    """The largest part in the middle whose aspect ratio is allowed."""
    if width / height < ASPECT[0]:
        part = width, min(height, round(width / ASPECT[0]))
    elif width / height > ASPECT[1]:
        part = min(width, round(height * ASPECT[1])), height
    else:
        part = width, height
    return Box((width - part[0]) // 2, (height - part[1]) // 2, *part)


def _shrunk(image: "Image", most: int) -> int:
    """Have a JPEG decoded at 1/2, 1/4 or 1/8 of its size, the smallest that is no less than 1/most; what it came to."""
    fraction = next((step for step in (8, 4, 2) if step <= most), 1)
    if fraction == 1 or image.format != "JPEG":
        return 1
    width, height = image.size
    image.draft(image.mode, (width // fraction, height // fraction))
    return round(width / image.width)
