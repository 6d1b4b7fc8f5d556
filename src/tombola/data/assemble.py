"""The last step of every source: raw inputs and labels to a checked `DataSet`."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from tombola.data.checks import check_splits
from tombola.data.decode import Encoded
from tombola.data.examples import Examples
from tombola.data.fingerprint import fingerprint
from tombola.data.image_files import ImageSplit
from tombola.data.known import Known, recognise
from tombola.data.labels import Labels, encode_labels
from tombola.data.preparation import Preparation
from tombola.data.values import DataSet, Split
from tombola.errors import DataError


class Table(NamedTuple):
    """One split as a source gives it: inputs (N, ...) or encoded images, labels (N,), class count if declared."""

    inputs: Tensor | Encoded
    labels: Labels
    classes: int | None = None


def assemble(
    name: str,
    source: str,
    tables: Mapping[str, Table],
    *,
    known_as: str | None = None,
    said_to_be: Known | None = None,
) -> DataSet:
    """Check the splits and say how their batches are prepared.

    Args:
        name: what the data set is called.
        source: one line for people.
        tables: by split: 'train', and where there are any 'validation' and 'test'.
        known_as: a name to look up among the data sets with a usual preparation; it counts only
            where image size and class count agree as well.
        said_to_be: the one that it is, by what its user says, whatever its image size and class count.

    Raises:
        DataError: for anything that cannot be used.
    """
    if "train" not in tables:
        raise DataError(f"{source} has no train split, only {', '.join(tables) or 'nothing'}")
    targets, classes = encode_labels({key: table.labels for key, table in tables.items()}, tables["train"].classes)
    splits = {key: _split(table.inputs, targets[key]) for key, table in tables.items()}
    recognised = recognise(known_as, splits["train"].shape, classes) if known_as else None
    known = said_to_be or recognised
    if known and known.final in splits and "test" not in splits:
        splits["test"] = splits.pop(known.final)
    check_splits(splits, classes)
    return DataSet(
        name=name,
        train=splits["train"],
        validation=splits.get("validation"),
        test=splits.get("test"),
        classes=classes,
        preparation=(known and known.preparation) or _usual(splits["train"]),
        fingerprint=fingerprint(splits),
        source=source,
    )


def channel_statistics(inputs: Tensor) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of uint8 inputs scaled to [0, 1]; empty for other dtypes.

    Taken from histograms, in whole numbers: the same digits on every machine and thread count. A
    constant channel gets the deviation 1. Inputs that are not images count as one channel.
    """
    if inputs.dtype != torch.uint8:
        return (), ()
    channels = inputs.unbind(1) if inputs.dim() == 4 else [inputs]
    pairs = [_statistics(torch.bincount(channel.reshape(-1), minlength=256).tolist()) for channel in channels]
    return tuple(mean for mean, _ in pairs), tuple(std for _, std in pairs)


def _statistics(histogram: list[int]) -> tuple[float, float]:
    count = sum(histogram)
    total = sum(value * times for value, times in enumerate(histogram))
    squares = sum(value * value * times for value, times in enumerate(histogram))
    variance = (squares * count - total * total) / (count * 255) ** 2
    return total / (count * 255), variance**0.5 or 1.0


def _split(inputs: Tensor | Encoded, targets: Tensor) -> Examples:
    if isinstance(inputs, Encoded):
        return ImageSplit.of(inputs, targets)
    laid_out = _laid_out(inputs.detach())
    return Split(laid_out, targets.to(laid_out.device))


def _usual(train: Examples) -> Preparation:
    """What a data set without a preparation of its own gets: its own mean and deviation.

    Images that are read when needed have those of a sample, and the usual augmentation of photographs.
    """
    if isinstance(train, ImageSplit):
        return Preparation(*channel_statistics(train.sample_inputs()), flip=True, resized_crop=True)
    return Preparation(*channel_statistics(train.inputs))


def _laid_out(inputs: Tensor) -> Tensor:
    if inputs.dtype == torch.uint8 and inputs.dim() == 3:
        inputs = inputs.unsqueeze(1)
    return inputs.contiguous(memory_format=torch.channels_last) if inputs.dim() == 4 else inputs
