"""One split of images that do not fit in memory: they stay encoded, and are decoded when a batch is taken."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256

import numpy as np
import torch
from torch import Tensor

from tombola.data.crops import Draws, crop_draws, evaluation_crop, training_crop
from tombola.data.decode import Encoded, opened
from tombola.data.prefetch import Decode, Pixels, prefetched
from tombola.errors import DataError

USUAL_SIZE = 224  # what networks for ImageNet take
SAMPLE = 256  # images that stand for all of a split: in its fingerprint, and in mean and deviation


@dataclass(frozen=True, eq=False)
class ImageSplit:
    """Encoded images with their targets; whatever size they have, they come out RGB at one.

    In training a random part of each image is taken, else its middle, see `crops`. Batch i of an
    epoch is the same to the bit whatever batch one begins with, and however many threads decode.

    Args:
        encoded: the images of a split, all of them.
        targets: int64 (N,) for classes, on the device batches shall be on.
        rows: int64 (N,), on the CPU: which image belongs to each target.
        size: pixels of a side.

    Raises:
        DataError: where rows and targets are of different length.
    """

    encoded: Encoded
    targets: Tensor
    rows: Tensor
    size: int = USUAL_SIZE

    def __post_init__(self) -> None:
        if self.rows.shape != self.targets.shape[:1]:
            raise DataError(f"{len(self.rows)} images and {len(self.targets)} targets: expected as many of both")

    @classmethod
    def of(cls, encoded: Encoded, targets: Tensor) -> "ImageSplit":
        """All images of a split, in their order."""
        return cls(encoded, targets, torch.arange(encoded.count))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def device(self) -> torch.device:
        """Where batches come out."""
        return self.targets.device

    @property
    def shape(self) -> tuple[int, ...]:
        """(3, size, size)."""
        return 3, self.size, self.size

    @property
    def in_memory(self) -> bool:
        """No."""
        return False

    @property
    def inputs(self) -> Tensor:
        """All images, decoded: for few of them."""
        return self.first(len(self))

    @cached_property
    def content(self) -> Mapping[str, Tensor]:
        """Targets, the number of bytes of every image, and the SHA-256 of 256 images at even distances."""
        digests = b"".join(sha256(self.encoded.content(row)).digest() for row in self.sample.tolist())
        sizes = torch.from_numpy(self.encoded.lengths())[self.rows]
        read = torch.frombuffer(bytearray(digests), dtype=torch.uint8).view(-1, 32)
        return {"sizes": sizes, "sample": read, "targets": self.targets}

    @property
    def sample(self) -> Tensor:
        """Rows of at most 256 images at even distances, the first and the last among them."""
        places = np.linspace(0, len(self) - 1, min(SAMPLE, len(self))).round().astype(np.int64)
        return self.rows[torch.from_numpy(places)]

    def sample_inputs(self) -> Tensor:
        """The middle of the images of the sample at 224 pixels, whatever size the split is read at."""
        return self._tensor(self._middles(self.sample, USUAL_SIZE))

    def first(self, count: int) -> Tensor:
        """The middle of the first `count` images: uint8 (count, 3, size, size), channels_last."""
        return self._tensor(self._middles(self.rows[:count], self.size))

    def take(self, indices: Tensor) -> "ImageSplit":
        """The images at `indices` (int64, on the split's own device), in that order; none is read."""
        return replace(self, targets=self.targets.index_select(0, indices), rows=self.rows[indices.cpu()])

    def to(self, device: torch.device | str) -> "ImageSplit":
        """The same split, whose batches come out on `device`."""
        return replace(self, targets=self.targets.to(device))

    def sized(self, size: int) -> "ImageSplit":
        """The same images at `size` x `size` pixels."""
        return replace(self, size=size)

    def batches(
        self, batch_size: int, order: Tensor | None = None, first: int = 0, crops: tuple[int, int] | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches as `Examples.batches` has them; those that follow are decoded meanwhile."""
        taken = self if order is None else self.take(order.to(self.device))
        rows, targets = (part.split(batch_size)[first:] for part in (taken.rows, taken.targets))
        tasks = (
            self._task(part, None if crops is None else crop_draws(len(part), *crops, index), self.size)
            for index, part in enumerate(rows, first)
        )
        with closing(prefetched(tasks, (self.size, self.size, 3))) as images:
            for pixels, labels in zip(images, targets, strict=True):
                yield self._tensor(pixels), labels

    def _middles(self, rows: Tensor, size: int) -> Pixels:
        return next(prefetched([self._task(rows, None, size)], (size, size, 3)))

    def _task(self, rows: Tensor, draws: Draws | None, size: int) -> tuple[int, Decode]:
        return len(rows), partial(_read, self.encoded, rows.tolist(), draws, size)

    def _tensor(self, pixels: Pixels) -> Tensor:
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).to(self.device)


def _read(encoded: Encoded, rows: list[int], draws: Draws | None, size: int, place: int) -> Pixels:
    with opened(encoded, rows[place]) as image:
        part = evaluation_crop(image, size) if draws is None else training_crop(image, size, draws[place])
        return np.asarray(part)
