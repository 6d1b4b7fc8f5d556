"""Tiles side by side as one image: many small rectangles are too much for a chart."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tombola.report.figures import FirstLayerPicture

_WIDTH = 358  # of the content of a phone of 390: a picture of this width is sharp there, and at twice this elsewhere
_HEIGHT = 240
_SMALLEST_TILE = 24
_ONLY_TILE = 256
_SMALL_IMAGE = 32
_GAP = 2
_REMOVED = 0.13  # the opacity of a removed weight: the tile must still be seen


@dataclass(frozen=True)
class _Sheet:
    """How tiles are laid out: cells are enlarged `zoom` times, `count` tiles stand in `rows` by `columns`."""

    zoom: int
    rows: int
    columns: int
    count: int


def tiles_shown(picture: FirstLayerPicture) -> int:
    """How many tiles the mosaic has room for."""
    return _sheet(picture).count


def mosaic(picture: FirstLayerPicture, colour: str) -> NDArray[np.uint8]:
    """The first tiles side by side as RGBA, (row, column, 4), on a transparent ground.

    A kept weight has the full colour, a removed one a trace of it, a mean of several lies between.
    """
    sheet = _sheet(picture)
    tiles = picture.tiles[: sheet.count].repeat(sheet.zoom, axis=1).repeat(sheet.zoom, axis=2)
    height, width = (size + _GAP for size in tiles.shape[1:])
    opacity = np.zeros((sheet.rows * sheet.columns, height, width))
    opacity[: sheet.count, :-_GAP, :-_GAP] = _REMOVED + (1 - _REMOVED) * tiles
    grid = opacity.reshape(sheet.rows, sheet.columns, height, width).swapaxes(1, 2)
    pixels = grid.reshape(sheet.rows * height, sheet.columns * width)[:-_GAP, :-_GAP]
    image = np.empty((*pixels.shape, 4), dtype=np.uint8)
    image[..., :3] = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    image[..., 3] = np.rint(255 * pixels)
    return image


def _sheet(picture: FirstLayerPicture) -> _Sheet:
    total, *tile = picture.tiles.shape
    least = _ONLY_TILE if total == 1 else _SMALLEST_TILE
    zoom = max(2 if max(tile) <= _SMALL_IMAGE else 1, least // max(tile))
    height, width = (size * zoom + _GAP for size in tile)
    columns = min(total, max(1, (_WIDTH + _GAP) // width))
    rows = min(-(-total // columns), max(1, (_HEIGHT + _GAP) // height))
    return _Sheet(zoom, rows, columns, min(total, rows * columns))


def png(image: NDArray[np.uint8]) -> bytes:
    """RGBA pixels as a PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image, "RGBA").save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
