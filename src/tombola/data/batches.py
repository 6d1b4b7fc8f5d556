"""Batches: shuffled and augmented for training, in order for evaluation."""

from collections.abc import Iterator

from torch import Generator, Tensor

from tombola.data.examples import Examples
from tombola.data.preparation import Preparation
from tombola.data.seeds import permutation, stream_seed
from tombola.errors import UsageError


def batch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order of an epoch's examples: int64 (count,), the same on every machine.

    >>> sorted(batch_order(4, seed=0, epoch=3).tolist())
    [0, 1, 2, 3]
    """
    return permutation(count, "order", seed, epoch)


def batches(
    split: Examples, batch_size: int, preparation: Preparation, *, seed: int, epoch: int, first: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch of training batches: shuffled, augmented, the last one as short as it comes.

    Batch i is the same to the bit whatever `first` was, so an epoch can be taken up in its middle.

    Args:
        split: on the device the batches shall be on.
        batch_size: examples.
        preparation: how raw inputs become network input.
        seed: of the order and of the augmentation.
        epoch: counted from 0.
        first: index of the first batch to make.

    Raises:
        UsageError: for a batch size below 1 or a negative `first`.

    >>> import torch
    >>> from tombola.data import Split
    >>> split = Split(torch.zeros(5, 2), torch.arange(5))
    >>> [len(targets) for _, targets in batches(split, 2, Preparation(), seed=0, epoch=0)]
    [2, 2, 1]
    """
    _check_batch_size(batch_size)
    if first < 0:
        raise UsageError(f"first={first}: expected the index of a batch, 0 or more")
    return _shuffled(split, batch_size, preparation, seed, epoch, first)


def evaluation_batches(split: Examples, batch_size: int, preparation: Preparation) -> Iterator[tuple[Tensor, Tensor]]:
    """Every example once, in order, not augmented; the last batch as short as it comes.

    Args:
        split: on the device the batches shall be on.
        batch_size: examples.
        preparation: how raw inputs become network input.

    Raises:
        UsageError: for a batch size below 1.

    >>> import torch
    >>> from tombola.data import Split
    >>> split = Split(torch.zeros(5, 2), torch.arange(5))
    >>> [targets.tolist() for _, targets in evaluation_batches(split, 2, Preparation())]
    [[0, 1], [2, 3], [4]]
    """
    _check_batch_size(batch_size)
    return ((preparation(inputs), targets) for inputs, targets in split.batches(batch_size))


def _shuffled(
    split: Examples, batch_size: int, preparation: Preparation, seed: int, epoch: int, first: int
) -> Iterator[tuple[Tensor, Tensor]]:
    order = batch_order(len(split), seed, epoch)
    crops = (seed, epoch) if preparation.resized_crop else None
    for index, (inputs, targets) in enumerate(split.batches(batch_size, order, first, crops), first):
        generator = None
        if preparation.augments:
            generator = Generator().manual_seed(stream_seed("augment", seed, epoch, index))
        yield preparation(inputs, generator), targets


def _check_batch_size(batch_size: int) -> None:
    if batch_size < 1:
        raise UsageError(f"batch_size={batch_size}: expected at least 1")
