"""The two values most is about: one split in memory, and a whole data set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import torch
from torch import Tensor

from tombola.data.examples import Examples
from tombola.data.image_files import USUAL_SIZE
from tombola.data.preparation import Preparation
from tombola.errors import DataError, UsageError, check_name, is_number

PIXELS = ("standardised", "unit")
LARGEST_SIZE = 4096


@dataclass(frozen=True, eq=False)
class Split:
    """One split, whole, in memory.

    Args:
        inputs: (N, ...); images are uint8 (N, C, H, W), anything else keeps its dtype.
        targets: int64 (N,) for classes, float (N,) or (N, d) for regression.

    Raises:
        DataError: where the two are of different length.

    >>> split = Split(torch.arange(6).view(3, 2), torch.tensor([0, 1, 0]))
    >>> len(split), split.take(torch.tensor([2, 0])).inputs.tolist()
    (3, [[4, 5], [0, 1]])
    """

    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        if self.inputs.dim() == 0 or self.targets.dim() == 0 or self.inputs.shape[0] != self.targets.shape[0]:
            shapes = f"inputs of shape {tuple(self.inputs.shape)} and targets of shape {tuple(self.targets.shape)}"
            raise DataError(f"{shapes}: expected as many targets as inputs, both along the first dimension")

    def __len__(self) -> int:
        return self.inputs.shape[0]

    @property
    def device(self) -> torch.device:
        """Where inputs and targets are."""
        return self.inputs.device

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one example's raw input."""
        return tuple(self.inputs.shape[1:])

    @property
    def in_memory(self) -> bool:
        """Yes."""
        return True

    @property
    def content(self) -> Mapping[str, Tensor]:
        """Inputs and targets."""
        return {"inputs": self.inputs, "targets": self.targets}

    def first(self, count: int) -> Tensor:
        """Raw inputs of the first `count` examples, or of all where there are fewer."""
        return self.inputs[:count]

    def take(self, indices: Tensor) -> "Split":
        """The examples at `indices` (int64, on the split's own device), in that order, copied."""
        return Split(_rows(self.inputs, indices), self.targets.index_select(0, indices))

    def to(self, device: torch.device | str) -> "Split":
        """The same split on `device`; no copy where it is there already."""
        return Split(self.inputs.to(device), self.targets.to(device))

    def sized(self, size: int) -> "Split":
        """Refused: what lies in memory has its size."""
        raise UsageError(
            f"image_size={size!r}: the examples lie in memory, {'x'.join(map(str, self.shape))}; expected none, for it "
            "is a setting of images that are read when needed"
        )

    def batches(
        self, batch_size: int, order: Tensor | None = None, first: int = 0, crops: tuple[int, int] | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches as `Examples.batches` has them; without an order they are views."""
        del crops
        if order is None:
            pairs = zip(self.inputs.split(batch_size), self.targets.split(batch_size), strict=True)
            yield from list(pairs)[first:]
            return
        for indices in order.to(self.device).split(batch_size)[first:]:
            batch = self.take(indices)
            yield batch.inputs, batch.targets


@dataclass(frozen=True, eq=False)
class DataSet:
    """A data set as it is used: its splits, what turns them into network input, and what it is.

    Args:
        name: what it is called, e.g. 'mnist'.
        train: the split to learn from.
        validation: the split to choose with; `split_validation` makes one where there is none.
        test: the split that is read once, at the end.
        classes: number of classes; None for regression.
        preparation: turns raw batches into network input.
        fingerprint: digest of the content of all splits as loaded (a hold-out keeps it), see `fingerprint`.
        source: one line for people: where it came from.
    """

    name: str
    train: Examples
    validation: Examples | None
    test: Examples | None
    classes: int | None
    preparation: Preparation
    fingerprint: str
    source: str

    def with_pixels(self, pixels: Any) -> "DataSet":
        """The same data with pixels `standardised`, to mean 0 and deviation 1 as is usual, or `unit`, in [0, 1].

        Raises:
            UsageError: for anything else.
        """
        check_name("pixels", pixels, PIXELS)
        if pixels == "standardised":
            return self
        return replace(self, preparation=replace(self.preparation, mean=(), std=()))

    def standardised_as(self, told: Any) -> "DataSet":
        """The same data with pixels brought to the mean and deviation that a network was trained with.

        Args:
            told: of a ticket's spec: `{"mean": [0.49], "std": [0.25]}`. Where it does not say, or of another number of
                channels, the data's own are taken.

        Raises:
            UsageError: where it says what is no mean and deviation.
        """
        if not isinstance(told, Mapping) or not (told.keys() >= {"mean", "std"}):
            return self
        mean, std = (_numbers(name, told[name]) for name in ("mean", "std"))
        usual = self.preparation
        if len(mean) != len(usual.mean):
            return self
        return replace(self, preparation=replace(usual, mean=mean, std=std))

    def with_image_size(self, size: Any = None, usual: Any = None) -> "DataSet":
        """The same data with images that are read when needed at `size` x `size` pixels.

        Args:
            size: pixels; None for the usual size. Data in memory, whose size is what it is, takes None alone.
            usual: what the network takes, if it is known; else 224.

        Raises:
            UsageError: for anything else.
        """
        if size is None and self.train.in_memory:
            return self
        chosen = next((given for given in (size, usual) if given is not None), USUAL_SIZE)
        if not isinstance(chosen, Integral) or isinstance(chosen, bool) or not 0 < int(chosen) <= LARGEST_SIZE:
            raise UsageError(f"image_size={chosen!r}: expected a whole number of pixels, 1 to {LARGEST_SIZE}")
        sized: dict[str, Any] = {name: split.sized(int(chosen)) for name, split in self.splits().items()}
        return replace(self, **sized)

    def splits(self) -> dict[str, Examples]:
        """The splits there are, by name, in the order train, validation, test."""
        named = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in named.items() if split is not None}


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    given = values if isinstance(values, list) else [None]
    if not all(map(is_number, given)):
        raise UsageError(f"{name} of pixels {str(values)[:60]!r}: expected a list of numbers")
    return tuple(given)


def _rows(tensor: Tensor, indices: Tensor) -> Tensor:
    # Selecting through the view that is contiguous copies whole rows and keeps channels_last:
    # 20 times as fast as selecting from the permuted tensor.
    if tensor.dim() == 4 and tensor.is_contiguous(memory_format=torch.channels_last):
        return tensor.permute(0, 2, 3, 1).index_select(0, indices).permute(0, 3, 1, 2)
    return tensor.index_select(0, indices)
