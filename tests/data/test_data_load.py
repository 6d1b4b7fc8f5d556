from pathlib import Path

import pytest
import torch

import tombola.data
from tombola.data import load
from tombola.errors import DataError


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("mnits", r"unknown data set 'mnits': did you mean 'mnist'.+Known: cifar10, .+; or a folder, a Parquet file"),
        ("", "unknown data set ''"),
        ("./missing", r"'\./missing' does not exist: expected a folder or a Parquet file"),
        ("a/b/missing", "does not exist"),
        ("missing.parquet", "does not exist"),
        ("~/missing-folder", "does not exist"),
        (Path("missing"), "does not exist"),
        (Path("digits"), "does not exist"),
        ("x" * 5000, "cannot be looked up|unknown data set"),
    ],
)
def test_names_that_lead_nowhere_are_refused(
    source: str | Path, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=sentence):
        load(source)


def test_a_folder_comes_before_a_short_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist").mkdir()
    with pytest.raises(DataError, match="folder mnist holds no Parquet files"):
        load("mnist")


def test_the_public_names() -> None:
    assert tombola.data.__all__ == [
        "DataSet",
        "Examples",
        "ImageSplit",
        "Preparation",
        "Split",
        "batch_order",
        "batches",
        "check_labels",
        "evaluation_batches",
        "load",
        "split_validation",
    ]


def test_a_loaded_set_moves_to_a_device() -> None:
    data = load((torch.rand(3, 2), torch.tensor([0, 1, 0])))
    assert data.train.to("cpu").inputs is data.train.inputs
    assert data.train.to("meta").targets.device.type == "meta"
