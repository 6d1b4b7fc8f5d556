"""The files of a data set, listed in one walk: a folder may hold more than a million."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple


class Listed(NamedTuple):
    """A file: its path relative to the data set's folder, with slashes, its bytes, and when it was changed."""

    name: str
    size: int
    mtime_ns: int


def listed(root: Path, suffixes: Collection[str]) -> list[Listed]:
    """The files below `root` with one of these suffixes, folder by folder; nothing hidden, no linked folders.

    Args:
        root: a folder.
        suffixes: in lower case, with their dots.
    """
    return sorted(_walk(root, "", suffixes), key=lambda file: file.name.split("/"))


def _walk(folder: Path | str, prefix: str, suffixes: Collection[str]) -> Iterator[Listed]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(entry.path, f"{prefix}{entry.name}/", suffixes)
            elif os.path.splitext(entry.name)[1].lower() in suffixes and entry.is_file():
                about = entry.stat()
                yield Listed(prefix + entry.name, about.st_size, about.st_mtime_ns)
