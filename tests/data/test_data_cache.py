import os
from pathlib import Path

import pytest
import torch

from tombola.data import DataSet, load
from tombola.data.cache import cache_folder, cached

IMAGES = torch.arange(96, dtype=torch.uint8).view(2, 3, 4, 4)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOMBOLA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Source:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def __call__(self) -> DataSet:
        self.reads += 1
        return load(((IMAGES, torch.tensor([0, 1])), None, (IMAGES[:1], torch.tensor([1]))))


def test_what_was_kept_comes_back_whole(folder: Path) -> None:
    source = Source()
    first, again = cached("key", source), cached("key", source)
    assert source.reads == 1
    assert again.splits().keys() == first.splits().keys() == {"train", "test"}
    for name, split in again.splits().items():
        assert torch.equal(split.inputs, first.splits()[name].inputs)
        assert torch.equal(split.targets, first.splits()[name].targets)
        assert split.inputs.is_contiguous(memory_format=torch.channels_last)
    for field in ("name", "classes", "preparation", "fingerprint", "source"):
        assert getattr(again, field) == getattr(first, field)


def test_other_keys_are_other_entries(folder: Path) -> None:
    source = Source()
    for key in (["a", 1], ["a", 2], "a"):
        cached(key, source)
    assert source.reads == 3


@pytest.mark.parametrize("place", [0.0, 0.02, 0.1, 0.3, 0.5, 0.9, 1.0])
def test_any_altered_byte_means_reading_again(folder: Path, place: float) -> None:
    source = Source()
    expected = cached("key", source)
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    content[round(place * (len(content) - 1))] ^= 1
    file.write_bytes(content)
    assert cached("key", source).fingerprint == expected.fingerprint
    assert source.reads == 2
    assert cached("key", source).fingerprint == expected.fingerprint
    assert source.reads == 2


@pytest.mark.parametrize("content", [b"", b"x", b"\xff" * 64, None])
def test_a_broken_file_means_reading_again(folder: Path, content: bytes | None) -> None:
    source = Source()
    cached("key", source)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-9] if content is None else content)
    cached("key", source)
    assert source.reads == 2


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TOMBOLA_CACHE", str(tmp_path / "file" / "cache"))
    source = Source()
    assert cached("key", source).classes == cached("key", source).classes == 2
    assert source.reads == 2


def test_nothing_is_left_beside_the_entry(folder: Path) -> None:
    cached("key", Source())
    assert [file.suffix for file in folder.iterdir()] == [".safetensors"]


def test_where_the_cache_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOMBOLA_CACHE", "~/mine")
    assert cache_folder() == Path.home() / "mine"
    monkeypatch.delenv("TOMBOLA_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", os.path.join(os.sep, "common"))
    assert cache_folder() == Path(os.sep, "common", "tombola")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "tombola"
