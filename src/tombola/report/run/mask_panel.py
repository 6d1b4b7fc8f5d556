"""The first layer's mask on a page: an image, and beside it the chart of what each input pixel keeps."""

from dataclasses import dataclass

import torch

from tombola.records import FirstLayer
from tombola.report.downloads import data_uri
from tombola.report.drawings import PAGE, draw_input_share, mosaic, png, tiles_shown
from tombola.report.figures import FirstLayerPicture, first_layer_picture
from tombola.report.panels import Panel, panel

MASK_COLOUR = "#2389bb"  # half-way between the light and the dark theme's: a picture cannot follow the style sheet


@dataclass(frozen=True)
class MaskPicture:
    """The mosaic of the first layer's mask as an image, and its chart of kept shares where there is one."""

    name: str
    kind: str
    shown: int
    units: int
    image: str
    width: int
    height: int
    share: Panel | None


def mask_picture(layer: FirstLayer, mask: torch.Tensor) -> MaskPicture:
    """The first layer's mask, ready for the page."""
    picture = first_layer_picture(mask, layer.input_shape, layer.name)
    image = mosaic(picture, MASK_COLOUR)
    height, width = image.shape[:2]
    share = _share_panel(picture) if picture.share is not None else None
    address = data_uri(png(image), "image/png")
    return MaskPicture(picture.name, picture.kind, tiles_shown(picture), picture.units, address, width, height, share)


@dataclass(frozen=True)
class _Pixel:
    row: int
    column: int
    kept_share: float


def _share_panel(picture: FirstLayerPicture) -> Panel:
    share = picture.share
    assert share is not None
    pixels = [
        _Pixel(row, column, float(share[row, column])) for row in range(len(share)) for column in range(len(share[0]))
    ]
    words = f"Share of edges kept at each input pixel, from {share.min():.1%} to {share.max():.1%}."
    return panel(draw_input_share(picture, PAGE), words, pixels, "input-share.csv")
