"""Labels of any kind, as users write them, to targets: class numbers or real values."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import DataError

Labels = Tensor | NDArray[np.generic]


def encode_labels(labels: Mapping[str, Labels], classes: int | None = None) -> tuple[dict[str, Tensor], int | None]:
    """Targets for every split, and the number of classes (None for regression).

    Whole numbers are class numbers, strings are numbered in alphabetical order of the training
    split's, floats are regression targets.

    Args:
        labels: by split, (N,) or, for regression, (N, d).
        classes: how many there are, where it is known; else the largest label + 1.

    Raises:
        DataError: for labels that cannot be either.

    >>> encode_labels({"train": np.array(["dog", "cat", "dog"])})
    ({'train': tensor([1, 0, 1])}, 2)
    """
    if any(isinstance(part, np.ndarray) and part.dtype.kind in "USO" for part in labels.values()):
        labels, classes = _numbered(labels)
    targets = {name: _tensor(part, name) for name, part in labels.items()}
    if any(part.is_floating_point() for part in targets.values()):
        return targets, None
    return targets, _count(targets) if classes is None else classes


def as_tensor(array: NDArray[np.generic], what: str) -> Tensor:
    """The array as a tensor; float64, which is numpy's default rather than a choice, becomes float32.

    Raises:
        DataError: for an array that does not hold numbers.
    """
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    try:
        # Read-only or oddly strided arrays are copied, others shared.
        return torch.from_numpy(np.require(array, array.dtype.newbyteorder("="), ["C", "W"]))
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} are an array of {array.dtype}: expected numbers") from error


def _numbered(labels: Mapping[str, Labels]) -> tuple[dict[str, Labels], int]:
    texts = {name: np.asarray(part).astype(str) for name, part in labels.items()}
    known = np.unique(texts["train"])
    for name, part in texts.items():
        unknown = np.setdiff1d(part, known)
        if unknown.size:
            raise DataError(f"label {str(unknown[0])!r} of the {name} split does not occur in the train split")
    return {name: np.searchsorted(known, part).astype(np.int64) for name, part in texts.items()}, len(known)


def _tensor(labels: Labels, name: str) -> Tensor:
    tensor = labels.detach() if isinstance(labels, Tensor) else as_tensor(labels, f"the targets of the {name} split")
    if tensor.is_floating_point() or tensor.is_complex():
        return tensor
    if tensor.dim() == 2 and tensor.shape[1] == 1:
        tensor = tensor[:, 0]
    if tensor.dim() != 1:
        raise DataError(
            f"whole-number targets of shape {tuple(tensor.shape)} in the {name} split: expected one class number "
            "per example, shape (N,); for regression give floats"
        )
    return tensor.long()


def _count(targets: Mapping[str, Tensor]) -> int:
    largest = max((int(part.max()) for part in targets.values() if len(part)), default=0)
    examples = len(targets["train"])
    # An output of millions of classes is a slip (ids, years, an ignore index), not a wish.
    if largest >= max(examples, 1000):
        raise DataError(
            f"class label {largest} with only {examples} training examples: expected classes numbered from 0; "
            "for regression give floats"
        )
    return largest + 1
