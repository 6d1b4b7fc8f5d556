"""What every split can do, whether its examples lie in memory or are read when they are needed."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import torch
from torch import Tensor


class Examples(Protocol):
    """One split: `Split` in memory, `ImageSplit` of images that stay encoded until a batch is taken."""

    @property
    def inputs(self) -> Tensor:
        """All raw inputs, (N, ...). Of images that are read when needed this decodes every one: prefer `batches`."""

    @property
    def targets(self) -> Tensor:
        """int64 (N,) for classes, float (N,) or (N, d) for regression."""

    @property
    def device(self) -> torch.device:
        """Where targets are, and batches come out."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's raw input."""

    @property
    def in_memory(self) -> bool:
        """Whether the inputs lie in memory; others are brought to `shape` as they are read."""

    @property
    def content(self) -> Mapping[str, Tensor]:
        """What the split is known by, in tensors of one row an example or a sample of them: hashed and checked."""

    def __len__(self) -> int: ...

    def first(self, count: int) -> Tensor:
        """Raw inputs of the first `count` examples, or of all where there are fewer."""

    def take(self, indices: Tensor) -> "Examples":
        """The examples at `indices` (int64, on the split's own device), in that order."""

    def to(self, device: torch.device | str) -> "Examples":
        """The same split, whose batches come out on `device`."""

    def sized(self, size: int) -> "Examples":
        """The same images at `size` x `size` pixels; `UsageError` where they lie in memory."""

    def batches(
        self, batch_size: int, order: Tensor | None = None, first: int = 0, crops: tuple[int, int] | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Raw inputs and targets, batch after batch; the last one as short as it comes.

        Args:
            batch_size: examples.
            order: int64 (N,), on the CPU; None for the split's own order.
            first: index of the first batch to make.
            crops: (seed, epoch) of random parts of images, where these are read when needed; None
                for whole images, and without effect on what lies in memory.
        """
