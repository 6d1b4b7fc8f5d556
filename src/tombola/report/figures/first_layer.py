"""What the first layer's mask looks like, in the coordinates of its input."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from tombola.errors import UsageError

Plane = NDArray[np.float64]
MAX_SIDE = 128
MAX_TILE = 64


@dataclass(frozen=True, eq=False)
class FirstLayerPicture:
    """The mask of the first layer as grey levels: 1 kept, 0 removed, means of a block in between.

    Attributes:
        kind: `units` (a dense layer on images: a tile is one unit's view of the input),
            `filters` (a convolution: a tile is one filter) or `matrix` (one tile, units by inputs).
        tiles: (tile, row, column), in [0, 1]; channels are averaged.
        units: units of the layer.
        share: (row, column), the fraction of edges kept at each input pixel; None unless `kind` is `units`.
    """

    name: str
    kind: Literal["units", "filters", "matrix"]
    tiles: Plane
    units: int
    share: Plane | None


def first_layer_picture(mask: torch.Tensor, input_shape: Sequence[int], name: str = "") -> FirstLayerPicture:
    """The picture of a first layer's mask.

    Args:
        mask: bool, (units, inputs) or (filters, channels, height, width) or any other weight's shape.
        input_shape: of one example: (channels, height, width), (height, width) or anything else.
        name: of the tensor, for the caption.

    Raises:
        UsageError: for a mask that is not boolean or has no dimension or no element.

    >>> first_layer_picture(torch.ones(300, 784, dtype=torch.bool), (1, 28, 28)).tiles.shape
    (300, 28, 28)
    """
    if mask.dtype != torch.bool or mask.ndim == 0 or mask.numel() == 0:
        raise UsageError(f"a mask of dtype {mask.dtype} and shape {tuple(mask.shape)}: expected bool with >= 1 element")
    kept = mask.detach().cpu().numpy()
    if kept.ndim == 2 and len(input_shape) in (2, 3) and math.prod(input_shape) == kept.shape[1]:
        height, width = input_shape[-2:]
        tiles = kept.reshape(len(kept), -1, height, width).mean(axis=1)
        return FirstLayerPicture(name, "units", _shrunk(tiles), len(kept), block_means(tiles.mean(axis=0), MAX_TILE))
    if kept.ndim == 4:
        return FirstLayerPicture(name, "filters", _shrunk(kept.mean(axis=1)), len(kept), None)
    matrix = kept.reshape(len(kept), -1).astype(np.float64)
    return FirstLayerPicture(name, "matrix", block_means(matrix, MAX_SIDE)[None], len(kept), None)


def block_means(matrix: Plane, side: int) -> Plane:
    """The exact means of the blocks of a matrix cut into at most `side` by `side` blocks.

    Block i of m over n rows covers rows ⌊i·n/m⌋ to ⌊(i+1)·n/m⌋, so sizes differ by one at most.

    >>> block_means(np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]), side=1)
    array([[0.5]])
    """
    starts = [np.arange(min(size, side)) * size // min(size, side) for size in matrix.shape]
    sums = np.add.reduceat(np.add.reduceat(matrix, starts[0], axis=0), starts[1], axis=1)
    heights, widths = (np.diff(start, append=size) for start, size in zip(starts, matrix.shape, strict=True))
    means: Plane = sums / np.outer(heights, widths)
    return means


def _shrunk(tiles: Plane) -> Plane:
    if max(tiles.shape[1:]) <= MAX_TILE:
        return tiles
    return np.stack([block_means(tile, MAX_TILE) for tile in tiles])
