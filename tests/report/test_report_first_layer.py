"""The first layer's picture, against loops over single weights."""

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from tombola.errors import UsageError
from tombola.report.drawings import mosaic, png, tiles_shown
from tombola.report.figures import block_means, first_layer_picture

sizes = st.integers(1, 12)


def random_mask(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1)) < 0.5


@given(npst.arrays(np.float64, st.tuples(sizes, sizes), elements=st.integers(0, 1)), st.integers(1, 12))
def test_block_means_are_exact(matrix: np.ndarray, side: int) -> None:
    rows, columns = (min(size, side) for size in matrix.shape)
    got = block_means(matrix, side)
    assert got.shape == (rows, columns)
    for row in range(rows):
        for column in range(columns):
            block = matrix[
                row * matrix.shape[0] // rows : (row + 1) * matrix.shape[0] // rows,
                column * matrix.shape[1] // columns : (column + 1) * matrix.shape[1] // columns,
            ]
            assert got[row, column] == sum(block.flat) / block.size


@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None)
def test_a_dense_layer_on_images_is_seen_in_the_images_shape(
    units: int, channels: int, height: int, width: int
) -> None:
    mask = random_mask(units, channels * height * width)
    picture = first_layer_picture(mask, (channels, height, width), "fc.weight")
    assert (picture.kind, picture.units) == ("units", units)
    assert picture.share is not None
    for row in range(height):
        for column in range(width):
            inputs = [channel * height * width + row * width + column for channel in range(channels)]
            seen = [[bool(mask[unit, place]) for place in inputs] for unit in range(units)]
            means = [sum(each) / channels for each in seen]
            np.testing.assert_allclose(picture.tiles[:, row, column], means, rtol=1e-12)
            np.testing.assert_allclose(picture.share[row, column], sum(means) / units, rtol=1e-12)


def test_a_convolution_is_seen_as_filters() -> None:
    mask = random_mask(4, 3, 5, 5)
    picture = first_layer_picture(mask, (3, 32, 32))
    assert (picture.kind, picture.tiles.shape, picture.share) == ("filters", (4, 5, 5), None)
    assert picture.tiles[2, 1, 4] == pytest.approx(mask[2, :, 1, 4].double().mean().item())


@pytest.mark.parametrize(
    ("shape", "input_shape", "tile"),
    [
        ((300, 20), (20,), (128, 20)),
        ((7, 1000), (3, 8, 8), (7, 128)),
        ((5, 3, 2), (3, 9), (5, 6)),
        ((9,), (9,), (9, 1)),
        ((2, 1, 1, 1, 1), (1, 1, 1, 1), (2, 1)),
    ],
)
def test_anything_else_is_seen_as_a_matrix(
    shape: tuple[int, ...], input_shape: tuple[int, ...], tile: tuple[int, int]
) -> None:
    picture = first_layer_picture(random_mask(*shape), input_shape)
    assert (picture.kind, picture.tiles.shape, picture.share) == ("matrix", (1, *tile), None)


def test_large_images_are_made_smaller() -> None:
    mask = random_mask(2, 3 * 100 * 80)
    picture = first_layer_picture(mask, (3, 100, 80))
    assert picture.share is not None
    assert picture.tiles.shape == (2, 64, 64)
    assert picture.share.shape == (64, 64)


@pytest.mark.parametrize("mask", [torch.ones(2, 2), torch.tensor(True), torch.ones(0, 3, dtype=torch.bool)])
def test_what_is_no_mask_is_refused(mask: torch.Tensor) -> None:
    with pytest.raises(UsageError, match="expected bool"):
        first_layer_picture(mask, (1, 1, 2))


@pytest.mark.parametrize(
    ("shape", "input_shape"),
    [((300, 784), (1, 28, 28)), ((5, 64), (1, 8, 8)), ((64, 3, 3, 3), (3, 32, 32)), ((500, 500), (500,))],
)
def test_the_mosaic_shows_each_tile_cell_by_cell(shape: tuple[int, ...], input_shape: tuple[int, ...]) -> None:
    picture = first_layer_picture(random_mask(*shape), input_shape)
    image = mosaic(picture, "#2389bb")
    height, width = picture.tiles.shape[1:]
    shown = tiles_shown(picture)
    assert image.shape[1] <= 358
    assert (image[..., :3] == (0x23, 0x89, 0xBB)).all()
    zoom = next(zoom for zoom in range(300, 0, -1) if fits(image.shape[:2], zoom * height, zoom * width))
    columns = (image.shape[1] + 2) // (zoom * width + 2)
    for place in range(shown):
        top, left = (zoom * height + 2) * (place // columns), (zoom * width + 2) * (place % columns)
        cells = image[top : top + zoom * height : zoom, left : left + zoom * width : zoom, 3]
        expected = 255 * (0.13 + 0.87 * picture.tiles[place])
        assert np.abs(cells - expected).max() <= 0.5 + 1e-9


def fits(shape: tuple[int, ...], height: int, width: int) -> bool:
    return (shape[0] + 2) % (height + 2) == 0 == (shape[1] + 2) % (width + 2)


def test_a_png_gives_the_pixels_back() -> None:
    image = mosaic(first_layer_picture(random_mask(6, 16), (1, 4, 4)), "#0f6d9c")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(image)))), image)
