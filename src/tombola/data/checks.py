"""What every split must satisfy before anything is computed from it; each failure is one sentence."""

from collections.abc import Mapping

import torch
from torch import Tensor

from tombola.data.examples import Examples
from tombola.errors import DataError


def check_labels(targets: Tensor, classes: int, where: str = "the data") -> None:
    """Refuse class labels outside 0 .. classes-1; gaps are fine.

    Args:
        targets: int64 (N,).
        classes: how many there are.
        where: what the message calls the place, e.g. 'the test split'.

    Raises:
        DataError: naming the first label that is out of range.

    >>> check_labels(torch.tensor([0, 7]), 10)
    >>> check_labels(torch.tensor([0, -1]), 10, "the test split")
    Traceback (most recent call last):
    ...
    tombola.errors.DataError: label -1 at index 1 of the test split: expected 0 to 9 (10 classes)
    """
    if len(targets) == 0:
        return
    low, high = (int(value) for value in torch.aminmax(targets))
    if low >= 0 and high < classes:
        return
    index = int(((targets < 0) | (targets >= classes)).nonzero()[0])
    raise DataError(
        f"label {int(targets[index])} at index {index} of {where}: expected 0 to {classes - 1} ({classes} classes)"
    )


def check_splits(splits: Mapping[str, Examples], classes: int | None) -> None:
    """Refuse splits that are empty, not finite, out of range, or not of one kind.

    Args:
        splits: by name; 'train' is what the others are held against.
        classes: how many there are; None for regression.

    Raises:
        DataError: for the first thing that is wrong.
    """
    for name, split in splits.items():
        _check_content(split, f"the {name} split")
        if classes is not None:
            check_labels(split.targets, classes, f"the {name} split")
        _check_same_kind(split, splits["train"], name)


def _check_content(split: Examples, where: str) -> None:
    if len(split) == 0 or 0 in split.shape:
        raise DataError(f"{where} is empty: expected at least one example with at least one value")
    _check_shape(split, where)
    for part, tensor in split.content.items():
        # A GPU tensor costs one synchronisation here, once per load.
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            index = int((~tensor.isfinite()).flatten(1 if tensor.dim() > 1 else 0).nonzero()[0, 0])
            raise DataError(
                f"the {part} of {where} hold NaN or infinity, first in example {index}: remove or fill them"
            )


def _check_shape(split: Examples, where: str) -> None:
    if any(tensor.is_complex() for tensor in split.content.values()):
        raise DataError(f"{where} holds complex numbers: expected real ones")
    inputs, shape = split.content.get("inputs"), (len(split), *split.shape)
    is_bytes = inputs is not None and inputs.dtype == torch.uint8
    if is_bytes and len(shape) == 4 and shape[1] > 4 and shape[3] in (1, 3, 4):
        raise DataError(
            f"images of shape {shape} in {where} have their channels last: expected (N, C, H, W); "
            "use inputs.permute(0, 3, 1, 2), or transpose(0, 3, 1, 2) in numpy"
        )


def _check_same_kind(split: Examples, train: Examples, name: str) -> None:
    for part, there in train.content.items():
        here = split.content[part]
        if (here.shape[1:], here.dtype) != (there.shape[1:], there.dtype):
            raise DataError(
                f"{name} {part} are {_kind(here)} but train {part} are {_kind(there)}: expected one shape and dtype"
            )


def _kind(tensor: Tensor) -> str:
    size = "x".join(map(str, tensor.shape[1:])) or "single"
    return f"{size} {str(tensor.dtype).removeprefix('torch.')}"
