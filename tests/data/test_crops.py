import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.data.made_images import encoded, picture

from tombola.data.crops import ASPECT, TRIES, crop_draws, evaluation_crop, training_box, training_crop

SIDES = st.integers(1, 900)


@given(SIDES, SIDES, st.integers(0, 50))
def test_a_box_lies_inside_the_image(width: int, height: int, seed: int) -> None:
    left, top, across, down = training_box(width, height, crop_draws(1, seed, 0, 0)[0])
    assert 0 <= left < left + across <= width
    assert 0 <= top < top + down <= height


@given(st.integers(100, 900), st.integers(100, 900), st.integers(0, 20))
def test_areas_and_aspect_ratios_are_those_of_the_recipe(width: int, height: int, seed: int) -> None:
    for draws in crop_draws(4, seed, 0, 0):
        _, _, across, down = training_box(width, height, draws)
        slack = 0.5 / min(across, down) * 2.1  # both sides are rounded
        assert ASPECT[0] * (1 - slack) <= across / down <= ASPECT[1] * (1 + slack)
        assert across * down >= 0.08 * width * height * (1 - slack) or (across, down) in ((width, height),)


def by_the_book(width: int, height: int, draws: np.ndarray) -> tuple[int, int, int, int]:
    """torchvision's rule, written out: ten tries, then the middle."""
    for area, aspect, top, left in draws:
        target = width * height * (0.08 + 0.92 * area)
        ratio = math.exp(math.log(3 / 4) + aspect * (math.log(4 / 3) - math.log(3 / 4)))
        w, h = round(math.sqrt(target * ratio)), round(math.sqrt(target / ratio))
        if 0 < w <= width and 0 < h <= height:
            return math.floor(left * (width - w + 1)), math.floor(top * (height - h + 1)), w, h
    w, h = width, height
    if width / height < 3 / 4:
        h = round(width / (3 / 4))
    elif width / height > 4 / 3:
        w = round(height * 4 / 3)
    return (width - w) // 2, (height - h) // 2, w, h


@given(st.integers(8, 600), st.integers(8, 600), st.integers(0, 9))
def test_boxes_follow_the_rule(width: int, height: int, seed: int) -> None:
    for draws in crop_draws(3, seed, 1, 2):
        assert tuple(training_box(width, height, draws)) == by_the_book(width, height, draws)


@pytest.mark.parametrize(
    ("size", "box"),
    [((1000, 30), (480, 0, 40, 30)), ((30, 1000), (0, 480, 30, 40)), ((100, 100), (0, 0, 100, 100))],
)
def test_after_ten_tries_the_middle_is_taken(size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    draws = np.full((TRIES, 4), 0.999)
    draws[:, 1] = 0.999 if size[0] <= size[1] else 0.0  # wider than a tall image, taller than a wide one
    assert tuple(training_box(*size, draws)) == box


def test_the_first_try_that_fits_is_taken() -> None:
    draws = np.full((TRIES, 4), 0.999)
    draws[3] = (0.1, 0.5, 0.0, 0.0)
    _, _, across, down = training_box(300, 300, draws)
    assert across == down == round(math.sqrt(300 * 300 * (0.08 + 0.92 * 0.1)))


def test_draws_fill_the_unit_interval_and_depend_on_every_counter() -> None:
    draws = crop_draws(2000, 0, 0, 0)
    assert (draws >= 0).all()
    assert (draws < 1).all()
    counts = Counter((draws.ravel() * 10).astype(int).tolist())
    assert all(abs(count - 8000) < 500 for count in counts.values())  # 6 deviations of a fair draw
    assert len({crop_draws(1, *key)[0, 0, 0] for key in [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]}) == 4
    assert (crop_draws(5, 3, 2, 1) == crop_draws(5, 3, 2, 1)).all()


def reference(image: Image.Image, size: int) -> np.ndarray:
    """Resize the shorter side to 256/224 of the size, then the middle: slowly, on the whole image."""
    image = image.convert("RGB")
    short = round(size * 256 / 224)
    if image.width <= image.height:
        resized = image.resize((short, int(short * image.height / image.width)), Image.Resampling.BILINEAR)
    else:
        resized = image.resize((int(short * image.width / image.height), short), Image.Resampling.BILINEAR)
    pixels = np.asarray(resized)
    top, left = round((pixels.shape[0] - size) / 2), round((pixels.shape[1] - size) / 2)
    return pixels[top : top + size, left : left + size]


@given(st.integers(5, 120), st.integers(5, 120), st.sampled_from([1, 8, 17, 32, 56]))
def test_evaluation_is_resize_and_middle(width: int, height: int, size: int) -> None:
    noise = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    made = np.asarray(evaluation_crop(image, size))
    assert made.shape == (size, size, 3)
    assert (made == reference(image, size)).all()


def test_at_224_pixels_the_shorter_side_is_256() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (256, 1))  # of that size already: only the middle is taken
    made = np.asarray(evaluation_crop(Image.fromarray(ramp), 224))
    assert (made[0, 0, 0], made[0, -1, 0]) == (16, 239)


@given(st.integers(0, 30))
def test_a_training_crop_is_its_box_resized(seed: int) -> None:
    image, draws = picture(seed, (90, 120, 30)), crop_draws(1, seed, 0, 0)[0]
    left, top, across, down = training_box(*image.size, draws)
    expected = image.crop((left, top, left + across, top + down)).resize((24, 24), Image.Resampling.BILINEAR)
    assert (np.asarray(training_crop(image, 24, draws)) == np.asarray(expected)).all()


@pytest.mark.parametrize(("size", "fraction"), [(203, 1), (102, 1), (101, 2), (51, 2), (50, 4), (25, 8), (3, 8)])
def test_a_large_jpeg_is_decoded_at_a_fraction_and_looks_the_same(size: int, fraction: int) -> None:
    import io

    smooth = picture(3, (200, 100, 50)).resize((203, 207), Image.Resampling.BICUBIC)
    draws = np.zeros((TRIES, 4))
    draws[:, :2] = (1.0, 0.5)  # all of it, as a square: the middle, 203 x 207
    jpeg = Image.open(io.BytesIO(encoded(smooth)))
    made = np.asarray(training_crop(jpeg, size, draws)).astype(int)
    assert jpeg.size == (math.ceil(203 / fraction), math.ceil(207 / fraction))
    whole = Image.open(io.BytesIO(encoded(smooth)))
    expected = np.asarray(whole.resize((size, size), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(made - expected).mean() < 3
