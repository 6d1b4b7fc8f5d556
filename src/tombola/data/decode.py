"""Encoded images (PNG, JPEG, ...) of one size to one uint8 tensor, over a small pool of threads."""

import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

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
        sizes: gives the number of bytes of every image without reading them, where that is possible.
    """

    count: int
    read: Read
    where: str
    names: Sequence[str] = ()
    sizes: Callable[[], NDArray[np.int64]] | None = None

    def content(self, index: int) -> bytes:
        """The encoded bytes of image `index`.

        Raises:
            DataError: naming an image that cannot be read.
        """
        try:
            return self.read(index)
        except Exception as error:  # the disk, Arrow and the network file system each raise their own
            raise self.unreadable(index, error) from error

    def lengths(self) -> NDArray[np.int64]:
        """How many bytes each image has: int64 (count,)."""
        if self.sizes is not None:
            return self.sizes()
        return np.array([len(self.content(index)) for index in range(self.count)], dtype=np.int64)

    def unreadable(self, index: int, error: Exception) -> DataError:
        """What is said of an image that cannot be read."""
        return DataError(f"{self.called(index)} of {self.where} cannot be read: {_reason(error)}")

    def called(self, index: int) -> str:
        """What a message calls image `index`."""
        return f"image {index}{f' ({self.names[index]})' if self.names else ''}"


class MixedSizesError(DataError):
    """Images of several sizes do not make one tensor."""


class _ColourFoundError(Exception):
    """A split that began grey holds an image in colour."""


def decode_images(encoded: Encoded) -> Tensor:
    """All images of a split: uint8 (N, C, H, W), channels_last; one channel where every image is grey.

    Transparency is dropped. Small images hold the interpreter's lock and gain nothing from the
    threads; large ones decode side by side.

    Raises:
        MixedSizesError: naming the image that is of another size than the first.
        DataError: naming the image that cannot be read.
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
                raise MixedSizesError(
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


@contextmanager
def opened(encoded: Encoded, index: int) -> "Iterator[Image]":
    """Image `index`, not decoded yet: whatever goes wrong in the block is told of that image.

    Raises:
        DataError: where it cannot be read, or has more than 8 bits per channel.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(encoded.read(index))) as image:
            if image.mode not in GREY | COLOUR:
                raise DataError(f"mode {image.mode}; expected 8 bits per channel, grey or colour")
            yield image
    except _ColourFoundError:
        raise
    except Exception as error:  # a damaged file can make PIL raise almost anything
        raise encoded.unreadable(index, error) from error


def _decoded(encoded: Encoded, index: int, mode: str | None) -> Pixels:
    """Image `index` as (H, W, C); mode None takes the image's own, 'L' or 'RGB' is what all must be."""
    with opened(encoded, index) as image:
        own = "L" if image.mode in GREY else "RGB"
        if own == "RGB" and mode == "L":
            raise _ColourFoundError
        wanted = mode or own
        pixels = np.asarray(image if image.mode == wanted else image.convert(wanted))
    return pixels.reshape(*pixels.shape[:2], -1)


def _size(image: Pixels) -> str:
    return f"{image.shape[1]}x{image.shape[0]} (width x height)"


def _reason(error: Exception) -> str:
    text = str(error).partition("\n")[0]
    # PIL names the buffer it was given, which tells a reader nothing.
    return "not an image, or damaged" if not text or "BytesIO" in text else text
