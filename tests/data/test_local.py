import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tombola.data import load
from tombola.data.sources import local as module
from tombola.errors import DataError

Pixels = NDArray[np.uint8]
WriteParquet = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, write_parquet: WriteParquet, png: Callable[[Pixels], bytes], pixels: Pixels) -> Path:
    encoded = [png(image) for image in pixels]
    names = ["even", "odd"]
    root = tmp_path / "set [1] *"
    for file, first, last in (("train-00.parquet", 0, 5), ("train-01.parquet", 5, 9), ("test.parquet", 9, 12)):
        labels = [index % 2 for index in range(first, last)]
        write_parquet(root / file, {"image": encoded[first:last], "label": labels}, names)
    return root


def test_a_folder_of_parquet_files_is_read_whole_and_in_order(folder: Path, pixels: Pixels) -> None:
    data = load(folder)
    assert data.test is not None
    assert (data.train.inputs.numpy()[:, 0] == pixels[:9]).all()
    assert (data.test.inputs.numpy()[:, 0] == pixels[9:]).all()
    assert data.train.targets.tolist() == [index % 2 for index in range(9)]
    assert (data.name, data.classes, data.validation) == ("set [1] *", 2, None)
    assert data.source == "folder set [1] * (3 Parquet files)"
    assert str(folder.parent) not in data.source


def test_one_file_is_a_training_split_whatever_its_name(folder: Path, pixels: Pixels) -> None:
    data = load(str(folder / "test.parquet"))
    assert (data.name, data.source, data.test) == ("test", "Parquet file test.parquet", None)
    assert (data.train.inputs.numpy()[:, 0] == pixels[9:]).all()


def test_files_are_decoded_once_until_they_change(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(folder)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_decode", None)
        assert load(folder).fingerprint == first.fingerprint
    shutil.copy(folder / "train-00.parquet", folder / "test.parquet")
    changed = load(folder)
    assert changed.fingerprint != first.fingerprint
    assert torch.equal(changed.splits()["test"].targets, first.train.targets[:5])


def test_nothing_but_our_own_cache_is_written(folder: Path, tmp_path: Path) -> None:
    before = sorted(folder.rglob("*"))
    home = tmp_path / "home"
    home.mkdir()
    code = f"import tombola.data; tombola.data.load({str(folder)!r})"
    keep = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "XDG_", "TOMBOLA_"))}
    run = subprocess.run([sys.executable, "-c", code], env=keep | {"HOME": str(home)}, capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert sorted(folder.rglob("*")) == before
    written = [file.relative_to(home) for file in home.rglob("*") if file.is_file()]
    assert [file.parent.as_posix() for file in written] == [".cache/tombola"]
    again = code + "; import sys; assert not {'datasets', 'pyarrow', 'PIL'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", again], env=keep | {"HOME": str(home)}, check=True)


@pytest.mark.parametrize("keep", [0, 3, 100, 0.5, -1])
def test_a_truncated_file_is_named(folder: Path, keep: float, capfd: pytest.CaptureFixture[str]) -> None:
    file = folder / "train-01.parquet"
    content = file.read_bytes()
    size = round(keep * len(content)) if isinstance(keep, float) else keep
    file.write_bytes(content[:size])
    with pytest.raises(DataError, match=r"^cannot read train-0[^\n]+truncated or damaged: [^\n]+$"):
        load(folder)
    assert capfd.readouterr() == ("", "")


def test_an_altered_file_never_ends_in_another_error(folder: Path) -> None:
    file = folder / "train-01.parquet"
    content = file.read_bytes()
    sentences = []
    for place in range(4, len(content), max(1, len(content) // 25)):
        file.write_bytes(content[:place] + bytes(16) + content[place + 16 :])
        try:
            load(folder)
        except DataError as error:
            sentences.append(str(error))
    assert sentences
    assert not [sentence for sentence in sentences if "\n" in sentence]


@pytest.mark.parametrize("files", [[], ["notes.txt"], [".hidden.parquet"], [".git/a.parquet"]])
def test_a_folder_without_data_is_named(tmp_path: Path, files: list[str]) -> None:
    root = tmp_path / "empty"
    root.mkdir()
    for file in files:
        (root / file).parent.mkdir(exist_ok=True)
        (root / file).write_bytes(b"")
    with pytest.raises(DataError, match="folder empty holds no Parquet files and no images"):
        load(root)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2")
    with pytest.raises(DataError, match=r"file a\.csv holds no Parquet files"):
        load(tmp_path / "a.csv")


def test_columns_that_differ_between_splits_are_refused(tmp_path: Path, write_parquet: WriteParquet) -> None:
    write_parquet(tmp_path / "train.parquet", {"a": [1.0, 2.0], "label": ["x", "y"]})
    write_parquet(tmp_path / "test.parquet", {"a": [1.0], "b": [1.0], "label": ["x"]})
    with pytest.raises(DataError, match="test inputs are 2 float32 but train inputs are 1 float32"):
        load(tmp_path)


@pytest.mark.shared
def test_mnist_is_what_it_is_known_to_be(shared_data: Path) -> None:
    data = load(shared_data / "mnist")
    assert data.test is not None
    assert (data.train.inputs.shape, data.test.inputs.shape) == ((60000, 1, 28, 28), (10000, 1, 28, 28))
    assert torch.bincount(data.test.targets).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    pixels = data.train.inputs.numpy() / np.float32(255)
    assert data.preparation.mean == pytest.approx((pixels.mean(dtype=np.float64),), abs=1e-4)
    assert data.preparation.std == pytest.approx((pixels.std(dtype=np.float64),), abs=1e-4)


@pytest.mark.shared
def test_cifar_is_augmented_and_keeps_its_own_name(shared_data: Path) -> None:
    data = load(shared_data / "cifar10-jpeg")
    assert (data.name, data.source) == ("cifar10-jpeg", "folder cifar10-jpeg (2 Parquet files)")
    assert (data.train.inputs.shape, data.classes) == ((50000, 3, 32, 32), 10)
    assert torch.bincount(data.train.targets).tolist() == [5000] * 10
    assert (data.preparation.crop_padding, data.preparation.flip) == (4, True)
