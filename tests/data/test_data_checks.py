import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.data import Split, check_labels
from tombola.data.checks import check_splits
from tombola.errors import DataError


@given(st.lists(st.integers(-3, 12), max_size=20), st.integers(1, 10))
def test_exactly_the_labels_in_range_pass(labels: list[int], classes: int) -> None:
    wrong = [index for index, label in enumerate(labels) if label not in range(classes)]
    targets = torch.tensor(labels, dtype=torch.int64)
    if not wrong:
        check_labels(targets, classes)
        return
    with pytest.raises(DataError, match=rf"label {labels[wrong[0]]} at index {wrong[0]} of the data: expected 0 to"):
        check_labels(targets, classes)


def split(shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Split:
    return Split(torch.zeros(shape, dtype=dtype), torch.zeros(shape[0], dtype=torch.int64))


@pytest.mark.parametrize(
    ("splits", "sentence"),
    [
        ({"train": split((0, 3))}, "the train split is empty"),
        ({"train": split((3, 0))}, "the train split is empty"),
        ({"train": split((3, 2)), "test": split((0, 2))}, "the test split is empty"),
        ({"train": split((3, 2)), "test": split((3, 4))}, "test inputs are 4 float32 but train inputs are 2 float32"),
        (
            {"train": split((3, 1, 8, 8), torch.uint8), "test": split((3, 3, 8, 8), torch.uint8)},
            "test inputs are 3x8x8 uint8 but train inputs are 1x8x8 uint8",
        ),
        ({"train": split((3, 2)), "test": split((3, 2), torch.float64)}, "float64 but train"),
        ({"train": split((3, 2), torch.complex64)}, "complex"),
        ({"train": split((9, 32, 32, 3), torch.uint8)}, "channels last: expected"),
    ],
)
def test_splits_that_do_not_fit_are_refused(splits: dict[str, Split], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        check_splits(splits, 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_not_finite_are_named(value: float) -> None:
    inputs = torch.zeros(5, 2, 2)
    inputs[3, 1, 0] = value
    with pytest.raises(DataError, match=r"inputs of the train split hold NaN or infinity, first in example 3"):
        check_splits({"train": Split(inputs, torch.zeros(5, dtype=torch.int64))}, 1)
    with pytest.raises(DataError, match=r"targets of the train split hold NaN or infinity, first in example 3"):
        check_splits({"train": Split(torch.zeros(5, 1), inputs[:, 1, 0])}, None)


def test_what_fits_passes() -> None:
    check_splits({"train": split((3, 2)), "validation": split((1, 2)), "test": split((5, 2))}, 1)
