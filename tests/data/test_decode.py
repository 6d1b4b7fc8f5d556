import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tombola.data.decode import CHUNK, Encoded, decode_images
from tombola.errors import DataError

Pixels = NDArray[np.uint8]
Encode = Callable[[Pixels], bytes]


def saved(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def test_grey_images_come_out_exactly_and_in_order(png: Encode) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2 * CHUNK + 3, 4, 5), dtype=np.uint8)
    encoded = [png(image) for image in pixels]
    images = decode_images(Encoded(len(encoded), encoded.__getitem__, "the train split"))
    assert images.shape == (len(encoded), 1, 4, 5)
    assert (images.numpy()[:, 0] == pixels).all()


def test_colour_images_come_out_exactly(png: Encode) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
    encoded = [png(image) for image in pixels]
    images = decode_images(Encoded(6, encoded.__getitem__, "the train split"))
    assert (images.numpy() == pixels.transpose(0, 3, 1, 2)).all()


@pytest.mark.parametrize("colour_at", [0, 3])
def test_one_image_in_colour_makes_all_colour(png: Encode, colour_at: int) -> None:
    grey, colour = np.full((2, 2), 7, np.uint8), np.array([[[1, 2, 3]] * 2] * 2, np.uint8)
    encoded = [png(colour if index == colour_at else grey) for index in range(5)]
    images = decode_images(Encoded(5, encoded.__getitem__, "the train split"))
    assert images[:, :, 0, 0].tolist() == [[1, 2, 3] if index == colour_at else [7, 7, 7] for index in range(5)]


@pytest.mark.parametrize(("mode", "channels"), [("1", 1), ("L", 1), ("LA", 1), ("P", 3), ("RGBA", 3), ("CMYK", 3)])
def test_other_kinds_become_grey_or_colour(mode: str, channels: int) -> None:
    encoded = saved(Image.new("RGB", (3, 2), (255, 255, 255)).convert(mode), "TIFF" if mode == "CMYK" else "PNG")
    images = decode_images(Encoded(1, lambda _: encoded, "the train split"))
    assert images.shape == (1, channels, 2, 3)
    assert (images == 255).all()


def test_jpeg_is_what_pillow_decodes() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    encoded = saved(Image.fromarray(noise), "JPEG")
    expected = np.asarray(Image.open(io.BytesIO(encoded)))
    assert (decode_images(Encoded(1, lambda _: encoded, "x")).numpy()[0] == expected.transpose(2, 0, 1)).all()


def test_mixed_sizes_are_named(png: Encode) -> None:
    encoded = [png(np.zeros((4, 5), np.uint8))] * 6 + [png(np.zeros((4, 6), np.uint8))]
    sentence = r"mixed sizes in the test split: image 6 is 6x4 \(width x height\), the first is 5x4"
    with pytest.raises(DataError, match=sentence):
        decode_images(Encoded(7, encoded.__getitem__, "the test split"))


@pytest.mark.parametrize("index", [0, 2])
@pytest.mark.parametrize("damage", [lambda b: b"", lambda b: b"no image", lambda b: b[:40], lambda b: b[:-60]])
def test_an_unreadable_image_is_named(png: Encode, index: int, damage: Callable[[bytes], bytes]) -> None:
    good = png(np.random.default_rng(0).integers(0, 256, (16, 16), dtype=np.uint8))
    encoded = [damage(good) if place == index else good for place in range(3)]
    with pytest.raises(DataError, match=rf"^image {index} of the train split cannot be read: [^\n<]+$"):
        decode_images(Encoded(3, encoded.__getitem__, "the train split"))


def test_sixteen_bits_are_refused() -> None:
    encoded = saved(Image.fromarray(np.zeros((2, 2), np.uint16)))
    with pytest.raises(DataError, match="expected 8 bits per channel"):
        decode_images(Encoded(1, lambda _: encoded, "the train split"))


def test_a_file_is_called_by_its_name() -> None:
    with pytest.raises(DataError, match=r"^image 1 \(cat/b\.png\) of the train split cannot be read"):
        decode_images(
            Encoded(2, [saved(Image.new("L", (1, 1))), b""].__getitem__, "the train split", ["a", "cat/b.png"])
        )


def test_no_images_are_refused() -> None:
    with pytest.raises(DataError, match="the train split is empty"):
        decode_images(Encoded(0, lambda _: b"", "the train split"))
