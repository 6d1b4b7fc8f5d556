from collections.abc import Callable
from typing import Any

import datasets
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tombola.data.assemble import Table
from tombola.data.columns import read_split
from tombola.data.decode import Encoded
from tombola.data.in_memory import decoded_if_they_fit
from tombola.errors import DataError

Pixels = NDArray[np.uint8]


def read(split: Any) -> tuple[torch.Tensor, Table]:
    """Inputs in memory, and the table they are in."""
    table = decoded_if_they_fit({"train": read_split(split, "train")})["train"]
    assert isinstance(table.inputs, torch.Tensor)
    return table.inputs, table


@pytest.fixture
def encoded(png: Callable[[Pixels], bytes], pixels: Pixels) -> list[bytes]:
    return [png(image) for image in pixels]


def cells(encoded: list[bytes]) -> list[dict[str, Any]]:
    return [{"bytes": content, "path": None} for content in encoded]


@pytest.mark.parametrize("image", ["image", "img"])
@pytest.mark.parametrize("label", ["label", "labels", "fine_label"])
@pytest.mark.parametrize("kind", ["struct", "feature", "bytes"])
def test_images_and_labels_are_found(encoded: list[bytes], pixels: Pixels, image: str, label: str, kind: str) -> None:
    content = encoded if kind == "bytes" else cells(encoded)
    split = datasets.Dataset.from_dict({"id": list("abcdefghijkl"), image: content, label: list(range(12))})
    if kind == "feature":
        split = split.cast_column(image, datasets.Image())
    inputs, table = read(split)
    assert (inputs.numpy()[:, 0] == pixels).all()
    assert (np.asarray(table.labels).tolist(), table.classes) == (list(range(12)), None)


def test_declared_classes_count_and_the_declared_column_is_the_label() -> None:
    split = datasets.Dataset.from_dict({"a": [0.5, 1.0], "kind": [0, 1]})
    split = split.cast_column("kind", datasets.ClassLabel(names=["x", "y", "z"]))
    inputs, table = read(split)
    assert table.classes == 3
    assert inputs.tolist() == [[0.5], [1.0]]


def test_numeric_columns_are_features_in_their_order() -> None:
    split = datasets.Dataset.from_dict({"b": [1, 2], "label": ["x", "y"], "a": [0.5, 1.5], "c": [True, False]})
    inputs, table = read(split)
    assert inputs.tolist() == [[1, 0.5, 1], [2, 1.5, 0]]
    assert np.asarray(table.labels).tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"image": [b"x"]}, "no label column among 'image' of the train split"),
        ({"text": ["a"], "label": [0]}, "column 'text' of the train split holds text, which is not supported"),
        ({"a": [[1, 2]], "label": [0]}, "column 'a' of the train split holds nested values"),
        ({"label": [0]}, "has no column but 'label'"),
        ({"a": [1.0, None], "label": [0, 1]}, "column 'a' of the train split is empty in 1 rows"),
        ({"a": [1.0, 2.0], "label": [0, None]}, "column 'label' of the train split is empty in 1 rows"),
        ({"image": [b"nothing"], "label": [0]}, "image 0 of the train split cannot be read: not an image"),
    ],
)
def test_columns_that_do_not_serve_are_named(columns: dict[str, list[Any]], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read(datasets.Dataset.from_dict(columns))


@pytest.mark.parametrize("missing", [None, {"bytes": None, "path": "/etc/hostname"}])
def test_an_image_that_is_missing_is_named(encoded: list[bytes], missing: dict[str, Any] | None) -> None:
    split = datasets.Dataset.from_dict({"image": [*cells(encoded[:2]), missing], "label": [0, 1, 2]})
    for table in (split, split.cast_column("image", datasets.Image())):
        with pytest.raises(DataError, match="image 2 of the train split cannot be read: it has no bytes"):
            read(table)


@pytest.mark.parametrize("kind", ["struct", "feature", "bytes"])
def test_images_stay_encoded_and_their_bytes_are_counted(encoded: list[bytes], kind: str) -> None:
    content = encoded if kind == "bytes" else cells(encoded)
    split = datasets.Dataset.from_dict({"image": content, "label": list(range(12))})
    if kind == "feature":
        split = split.cast_column("image", datasets.Image())
    inputs = read_split(split, "train").inputs
    assert isinstance(inputs, Encoded)
    assert inputs.lengths().tolist() == [len(image) for image in encoded]
    assert [inputs.content(index) for index in range(12)] == encoded
