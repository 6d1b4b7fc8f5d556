"""Data that is in memory already: tensors, arrays and map-style torch data sets."""

from collections.abc import Sized
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from tombola.data.assemble import Table, assemble
from tombola.data.labels import Labels, as_tensor
from tombola.data.values import DataSet, Split
from tombola.errors import DataError

NAMES = ("train", "validation", "test")
EXPECTED = "expected a torch Dataset or a pair (inputs, targets) of tensors or arrays"


def from_memory(source: object) -> DataSet:
    """Take a data set from objects in memory.

    A pair of tensors or arrays is (inputs, targets); any other pair is (train, validation), a
    triple (train, validation, test). A torch Dataset alone is the training split. Examples of a
    torch Dataset are read once, so a transform that draws at random is frozen at its first draw.

    Raises:
        DataError: for anything else, or content that cannot be used.
    """
    members = source if isinstance(source, tuple) and not _is_pair(source) else (source,)
    if not 1 <= len(members) <= len(NAMES):
        raise DataError(
            f"a tuple of {len(members)}: expected (inputs, targets), (train, validation) or (train, validation, test)"
        )
    named = {
        name: member for name, member in zip(NAMES, members, strict=False) if member is not None or name == "train"
    }
    pairs = {name: _pair(member, name) for name, member in named.items()}
    shapes = ", ".join(f"{name} {'x'.join(map(str, inputs.shape))}" for name, (inputs, _) in pairs.items())
    kind = type(members[0]).__name__ if isinstance(members[0], Dataset) else "tensors"
    return assemble(kind, f"{kind} in memory ({shapes})", {name: Table(*pair) for name, pair in pairs.items()})


def _is_pair(member: object) -> bool:
    return (
        isinstance(member, tuple) and len(member) == 2 and all(isinstance(part, Tensor | np.ndarray) for part in member)
    )


def _pair(member: Any, name: str) -> tuple[Tensor, Labels]:
    if isinstance(member, Split):
        return member.inputs, member.targets
    if isinstance(member, TensorDataset) and len(member.tensors) == 2:
        member = member.tensors
    if _is_pair(member):
        inputs, labels = member
        return _inputs(inputs, name), labels
    if isinstance(member, Dataset) and not isinstance(member, IterableDataset) and isinstance(member, Sized):
        return _read(member, name)
    raise DataError(f"the {name} split is {_described(member)}: {EXPECTED}")


def _read(examples: Any, name: str) -> tuple[Tensor, Labels]:
    """Every example of a map-style Dataset, stacked."""
    if len(examples) == 0:
        raise DataError(f"the {name} split is empty: expected at least one example")
    inputs, labels = [], []
    for index in range(len(examples)):
        example = examples[index]
        if not isinstance(example, tuple | list) or len(example) != 2:
            raise DataError(
                f"example {index} of the {name} split is {_described(example)}: expected a pair (input, target)"
            )
        inputs.append(_element(example[0]))
        labels.append(example[1])
        if inputs[-1].shape != inputs[0].shape:
            raise DataError(
                f"inputs of mixed sizes in the {name} split: example {index} is {tuple(inputs[-1].shape)}, "
                f"the first is {tuple(inputs[0].shape)}; bring all to one size first"
            )
    return torch.stack(inputs), _stacked(labels, name)


def _element(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value)
    is_picture = not isinstance(value, np.ndarray) and array.dtype == np.uint8
    if is_picture and array.ndim == 3:
        array = array.transpose(2, 0, 1)  # a PIL image has its channels last
    return as_tensor(array[None] if is_picture and array.ndim == 2 else array, "inputs")


def _stacked(labels: list[Any], name: str) -> Labels:
    try:
        if isinstance(labels[0], Tensor):
            return torch.stack(labels)
        return np.asarray(labels)
    except (RuntimeError, TypeError, ValueError) as error:
        raise DataError(f"the targets of the {name} split are not all of one kind and shape") from error


def _inputs(inputs: Labels, name: str) -> Tensor:
    return inputs if isinstance(inputs, Tensor) else as_tensor(inputs, f"the inputs of the {name} split")


def _described(value: object) -> str:
    if isinstance(value, tuple):
        return f"a tuple of ({', '.join(type(part).__name__ for part in value)})"
    return f"of type {type(value).__name__}"
