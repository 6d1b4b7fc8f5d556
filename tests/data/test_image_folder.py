from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tombola.data import load
from tombola.errors import DataError

Pixels = NDArray[np.uint8]
Fill = Callable[[Iterable[str]], Path]


@pytest.fixture
def fill(tmp_path: Path, png: Callable[[Pixels], bytes]) -> Fill:
    """Writes a 2 x 2 image of value i at the i-th path."""

    def write(paths: Iterable[str]) -> Path:
        for value, path in enumerate(paths):
            file = tmp_path / "pets" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(png(np.full((2, 2), value, np.uint8)))
        return tmp_path / "pets"

    return write


def test_class_folders_alone_are_a_training_split(fill: Fill) -> None:
    data = load(fill(["dog/a.png", "cat/b.png", "cat/deep/c.PNG"]))
    assert (data.name, data.source, data.classes, data.test) == ("pets", "folder pets (3 images)", 2, None)
    assert data.train.targets.tolist() == [0, 0, 1]
    assert data.train.inputs[:, 0, 0, 0].tolist() == [1, 2, 0]


def test_split_folders_hold_class_folders(fill: Fill) -> None:
    data = load(fill(["train/cat/0.png", "train/dog/1.png", "val/dog/2.png", "test/cat/3.png"]))
    assert {name: split.targets.tolist() for name, split in data.splits().items()} == {
        "train": [0, 1],
        "validation": [1],
        "test": [0],
    }


def test_a_class_may_be_called_test(fill: Fill) -> None:
    data = load(fill(["test/0.png", "other/1.png"]))
    assert (list(data.splits()), data.classes) == (["train"], 2)


@pytest.mark.parametrize(
    ("paths", "sentence"),
    [
        (["0.png"], r"image 0\.png is in no class folder"),
        (["cat/0.png", "1.png"], r"image 1\.png is in no class folder"),
        (["train/0.png"], r"image train/0\.png is in no class folder"),
        (["train/cat/0.png", "more/cat/1.png"], r"image more/cat/1\.png is in no class folder"),
        (["train/cat/0.png", "test/cow/1.png"], "label 'cow' of the test split does not occur in the train split"),
    ],
)
def test_images_that_belong_nowhere_are_named(fill: Fill, paths: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        load(fill(paths))


def test_an_empty_image_is_named(fill: Fill) -> None:
    root = fill(["cat/0.png", "cat/1.png"])
    (root / "cat" / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"image 1 \(cat/1\.png\) of the train split cannot be read"):
        load(root)
