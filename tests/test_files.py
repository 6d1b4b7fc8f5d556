import errno
import json
import os
from pathlib import Path

import pytest

from tombola.errors import RunFolderError
from tombola.files import write_bytes, write_json


def test_a_write_replaces_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "file"
    write_bytes(path, b"a long first version")
    write_bytes(path, b"short")
    assert path.read_bytes() == b"short"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path if call == "replace" else os, call, full)
    with pytest.raises(RunFolderError, match=r"cannot write .*file: No space left on device; free some space"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_folder_below_a_file_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for below in ("below", "far/below"):
        with pytest.raises(
            RunFolderError, match="below: a file stands in the place of its folder; choose another path"
        ):
            write_bytes(tmp_path / "file" / below, b"")


def test_a_name_that_is_too_long_is_one_clear_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 300), tmp_path / ("x" * 300) / "below"):
        with pytest.raises(RunFolderError, match="File name too long; choose another path"):
            write_bytes(path, b"")


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_json_has_no_nan(tmp_path: Path) -> None:
    write_json(tmp_path / "file", {"a": [1, None]})
    assert json.loads((tmp_path / "file").read_text()) == {"a": [1, None]}
    for number in (float("nan"), float("inf"), -float("inf")):
        with pytest.raises(RunFolderError, match=r"cannot write .*file: a number in it is NaN or infinite"):
            write_json(tmp_path / "file", {"a": [number]})
    assert json.loads((tmp_path / "file").read_text()) == {"a": [1, None]}


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_bytes(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_only_ordinary_files_are_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, kind in ((tmp_path, "a folder"), (tmp_path / "pipe", "not an ordinary file")):
        with pytest.raises(RunFolderError, match=f"it is {kind}; choose another name"):
            write_bytes(path, b"")
    assert (tmp_path / "pipe").is_fifo()
