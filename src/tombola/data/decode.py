"""Encoded images (PNG, JPEG, ...) to one uint8 tensor, over a small pool of threads."""

import io
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import DataError

Read = Callable[[int], bytes]
Pixels = NDArray[np.uint8]

GREY = frozenset({"1", "L", "LA"})
COLOUR = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"})
CHUNK = 256


@dataclass(frozen=True)
class Encoded:
    """The images of a split before they are decoded.

    Args:
        count: how many.
        read: gives the encoded bytes of image i; called from several threads.
        where: what a message calls the split, e.g. 'the train split'.
        names: of the images' files, for messages, where they have some.
    """

    count: int
    read: Read
    where: str
    names: Sequence[str] = ()

    def called(self, index: int) -> str:
        """What a message calls image `index`."""
        return f"image {index}{f' ({self.names[index]})' if self.names else ''}"


class _ColourFoundError(Exception):
    """A split that began grey holds an image in colour."""


def decode_images(encoded: Encoded) -> Tensor:
    """All images of a split: uint8 (N, C, H, W), channels_last; one channel where every image is grey.

    Transparency is dropped. Small images hold the interpreter's lock and gain nothing from the
    threads; large ones decode side by side.

    Raises:
        DataError: naming the image that cannot be read, or is of another size than the first.
    """
    if encoded.count == 0:
        raise DataError(f"{encoded.where} is empty: expected at least one image")
    first = _decoded(encoded, 0, None)
    try:
        return _decode_all(encoded, first)
    except _ColourFoundError:
        return _decode_all(encoded, _decoded(encoded, 0, "RGB"))


def _decode_all(encoded: Encoded, first: Pixels) -> Tensor:
    pixels = np.empty((encoded.count, *first.shape), np.uint8)
    mode = "L" if first.shape[-1] == 1 else "RGB"

    def fill(start: int) -> None:
        for index in range(start, min(start + CHUNK, encoded.count)):
            image = _decoded(encoded, index, mode)
            if image.shape != first.shape:
                raise DataError(
                    f"images of mixed sizes in {encoded.where}: {encoded.called(index)} is {_size(image)}, "
                    f"the first is {_size(first)}; bring all to one size first"
                )
            pixels[index] = image

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [pool.submit(fill, start) for start in range(0, encoded.count, CHUNK)]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def _decoded(encoded: Encoded, index: int, mode: str | None) -> Pixels:
    """Image `index` as (H, W, C); mode None takes the image's own, 'L' or 'RGB' is what all must be."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(encoded.read(index))) as image:
            own = "L" if image.mode in GREY else "RGB" if image.mode in COLOUR else None
            if own is None:
                raise DataError(f"mode {image.mode}; expected 8 bits per channel, grey or colour")
            if own == "RGB" and mode == "L":
                raise _ColourFoundError
            wanted = mode or own
            pixels = np.asarray(image if image.mode == wanted else image.convert(wanted))
    except _ColourFoundError:
        raise
    except Exception as error:  # a damaged file can make PIL raise almost anything
        raise DataError(f"{encoded.called(index)} of {encoded.where} cannot be read: {_reason(error)}") from error
    return pixels.reshape(*pixels.shape[:2], -1)


def _size(image: Pixels) -> str:
    return f"{image.shape[1]}x{image.shape[0]} (width x height)"


def _reason(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    # PIL names the buffer it was given, which tells a reader nothing.
    return "not an image, or damaged" if not text or "BytesIO" in text else text
