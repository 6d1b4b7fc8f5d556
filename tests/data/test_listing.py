import os
from pathlib import Path

from tombola.data.sources.listing import listed


def test_files_come_folder_by_folder_and_nothing_hidden(tmp_path: Path) -> None:
    for name in ("b/1.png", "b-c/2.PNG", "b/a/3.png", "4.png", ".x/5.png", "b/.6.png", "b/7.txt", "d.png/8.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * len(name))
    (tmp_path / "linked.png").symlink_to(tmp_path / "b" / "1.png")
    (tmp_path / "folder").symlink_to(tmp_path / "b")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    found = listed(tmp_path, {".png"})
    assert [file.name for file in found] == ["4.png", "b/1.png", "b/a/3.png", "b-c/2.PNG", "linked.png"]
    assert [file.size for file in found] == [5, 7, 9, 9, 7]
    assert found[1].mtime_ns == os.stat(tmp_path / "b" / "1.png").st_mtime_ns
