import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.data.labels import as_tensor, encode_labels
from tombola.errors import DataError


@given(st.lists(st.text(max_size=3), min_size=1, max_size=20))
def test_strings_are_numbered_in_alphabetical_order(texts: list[str]) -> None:
    texts = [text.replace("\0", "") for text in texts]  # numpy strings end at a NUL
    targets, classes = encode_labels({"train": np.array(texts), "test": np.array(texts[::-1])})
    names = sorted(set(texts))
    assert classes == len(names)
    assert [names[target] for target in targets["train"].tolist()] == texts
    assert targets["test"].tolist() == targets["train"].tolist()[::-1]


def test_whole_numbers_stay_and_gaps_count() -> None:
    targets, classes = encode_labels({"train": np.array([0, 5, 2], dtype=np.int16), "test": torch.tensor([7])})
    assert (targets["train"].tolist(), targets["train"].dtype, classes) == ([0, 5, 2], torch.int64, 8)
    assert encode_labels({"train": np.array([0])}, 10)[1] == 10
    assert encode_labels({"train": np.array([True, False])})[1] == 2
    assert encode_labels({"train": np.array([[1], [0]])})[0]["train"].tolist() == [1, 0]


def test_floats_are_regression() -> None:
    targets, classes = encode_labels({"train": np.array([[0.5, 1.0], [2.0, 3.0]])})
    assert classes is None
    assert (targets["train"].dtype, targets["train"].shape) == (torch.float32, (2, 2))
    assert encode_labels({"train": torch.zeros(2, dtype=torch.float64)})[0]["train"].dtype == torch.float64


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        ({"train": np.array(["a"]), "test": np.array(["b"])}, "label 'b' of the test split does not occur"),
        ({"train": np.array([[0, 1]])}, "one class number per example"),
        ({"train": np.array([0, 20250101])}, "class label 20250101 with only 2 training examples"),
        ({"train": np.array(["2020-01-01"], dtype="datetime64[D]")}, "expected numbers"),
    ],
)
def test_labels_that_are_neither_are_refused(labels: dict[str, np.ndarray], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        encode_labels(labels)


def test_arrays_of_any_layout_become_tensors() -> None:
    values = np.arange(6, dtype=">i4").reshape(2, 3)[:, ::-1]
    assert as_tensor(values, "inputs").tolist() == values.tolist()
    frozen = np.arange(3.0)
    frozen.setflags(write=False)
    assert as_tensor(frozen, "inputs").dtype == torch.float32
    with pytest.raises(DataError, match="inputs are an array of object: expected numbers"):
        as_tensor(np.array([[1], "a"], dtype=object), "inputs")
