from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Dataset, IterableDataset, TensorDataset

from tombola.data import Preparation, Split, load
from tombola.errors import DataError

INPUTS, TARGETS = torch.rand(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])


class Examples(Dataset[Any]):
    """A map-style Dataset over a list."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Any:
        return self.items[index]


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Any:
        return iter([])


def test_a_pair_of_tensors_is_inputs_and_targets() -> None:
    data = load((INPUTS, TARGETS))
    assert (list(data.splits()), data.classes, data.preparation) == (["train"], 3, Preparation())
    assert torch.equal(data.train.inputs, INPUTS)
    assert torch.equal(data.train.targets, TARGETS)
    assert data.source == "tensors in memory (train 6x4)"


@pytest.mark.parametrize("count", [2, 3])
def test_pairs_of_pairs_are_splits(count: int) -> None:
    data = load(((INPUTS, TARGETS), (INPUTS[:3], TARGETS[:3]), (INPUTS[:2], TARGETS[:2]))[:count])
    assert [len(split) for split in data.splits().values()] == [6, 3, 2][:count]
    assert list(data.splits()) == ["train", "validation", "test"][:count]


def test_arrays_datasets_and_splits_mix() -> None:
    arrays = (INPUTS.numpy(), TARGETS.numpy())
    examples = Examples([(row, int(target)) for row, target in zip(INPUTS, TARGETS, strict=True)])
    data = load((arrays, examples, Split(INPUTS, TARGETS)))
    for split in data.splits().values():
        assert torch.equal(split.inputs, INPUTS)
        assert torch.equal(split.targets, TARGETS)


def test_a_single_dataset_is_the_training_split() -> None:
    data = load(TensorDataset(INPUTS, TARGETS))
    assert (list(data.splits()), data.name) == (["train"], "TensorDataset")
    assert load(Examples([(row, "ab"[index % 2]) for index, row in enumerate(INPUTS)])).classes == 2


def test_a_missing_validation_may_be_none() -> None:
    assert list(load(((INPUTS, TARGETS), None, (INPUTS, TARGETS))).splits()) == ["train", "test"]


def test_dtypes_are_kept_but_for_the_default_of_numpy() -> None:
    assert load((INPUTS.double(), TARGETS)).train.inputs.dtype == torch.float64
    assert load((INPUTS.double().numpy(), TARGETS)).train.inputs.dtype == torch.float32
    assert load((torch.ones(6, 9, dtype=torch.int64), TARGETS)).train.inputs.dtype == torch.int64
    assert load((INPUTS, TARGETS.int())).train.targets.dtype == torch.int64


def test_regression_has_no_classes() -> None:
    data = load((INPUTS, torch.rand(6, 2)))
    assert data.classes is None
    assert data.train.targets.shape == (6, 2)


def test_pictures_become_uint8_images() -> None:
    grey = Examples([(Image.new("L", (3, 2), value), value) for value in range(4)])
    assert load(grey).train.inputs.shape == (4, 1, 2, 3)
    colour = load(Examples([(Image.new("RGB", (3, 2), (1, 2, 3)), 0)])).train.inputs
    assert (colour.dtype, colour[0, :, 0, 0].tolist(), colour.shape) == (torch.uint8, [1, 2, 3], (1, 3, 2, 3))


def test_gradients_are_left_behind() -> None:
    assert not load((INPUTS.clone().requires_grad_(), TARGETS)).train.inputs.requires_grad


def test_a_data_set_comes_back_as_it_is() -> None:
    data = load((INPUTS, TARGETS))
    assert load(data) is data


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ((INPUTS, TARGETS[:5]), "as many targets as inputs"),
        ((INPUTS, -TARGETS), "label -1 at index 1 of the train split: expected 0 to 0"),
        ((INPUTS.index_fill(0, torch.tensor([2]), torch.nan), TARGETS), "first in example 2"),
        ((INPUTS[:0], TARGETS[:0]), "the train split is empty"),
        (((INPUTS, TARGETS),) * 4, "a tuple of 4"),
        ((), "a tuple of 0"),
        ((INPUTS, [1, 2]), "the train split is of type Tensor"),
        ([INPUTS, TARGETS], "the train split is of type list: expected a torch Dataset or a pair"),
        (INPUTS, "of type Tensor"),
        (None, "the train split is of type NoneType"),
        (7, "of type int"),
        (Stream(), "of type Stream"),
        (Examples([]), "the train split is empty"),
        (Examples([INPUTS[0]]), r"example 0 of the train split is of type Tensor: expected a pair"),
        (Examples([(INPUTS[0], 0), (INPUTS[0, :3], 1)]), r"example 1 is \(3,\), the first is \(4,\)"),
        (Examples([(INPUTS[0], [1]), (INPUTS[1], [1, 2])]), "not all of one kind and shape"),
        (Examples([(INPUTS[0], TARGETS[0]), (INPUTS[1], "a")]), "not all of one kind and shape"),
        ((np.array(["a", "b"]), np.array([0, 1])), "inputs of the train split are an array of <U1: expected numbers"),
        ((np.zeros((4, 8, 8, 3), np.uint8), np.zeros(4, int)), "channels last"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(source: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence) as caught:
        load(source)
    assert "\n" not in str(caught.value)
