"""Data sets on disk: a Parquet file, a folder of them, or a folder of images with a sub-folder per class."""

import glob
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from tombola.data.assemble import Table, assemble
from tombola.data.cache import cached
from tombola.data.columns import read_split
from tombola.data.hub_library import first_line, quiet
from tombola.data.sources.image_folder import IMAGE_SUFFIXES, read_image_folder
from tombola.data.sources.split_names import split_named
from tombola.data.values import DataSet
from tombola.errors import DataError


def local(path: Path) -> DataSet:
    """Read a file or folder that exists, through the cache.

    Raises:
        DataError: where it holds no data that can be used.
    """
    path = path.resolve()
    files = _files(path, {".parquet"}) or _files(path, IMAGE_SUFFIXES)
    if not files:
        kind = "folder" if path.is_dir() else "file"
        raise DataError(
            f"{kind} {path.name} holds no Parquet files and no images: expected *.parquet, "
            "or images in one sub-folder per class"
        )
    stats = [(file.relative_to(path).as_posix(), file.stat()) for file in files]
    key = ["local", str(path), [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]]
    return cached(key, lambda: _decode(path, files))


def _files(path: Path, suffixes: Collection[str]) -> list[Path]:
    if path.is_file():
        return [path] if path.suffix.lower() == ".parquet" else []
    found = (file for file in path.rglob("*") if file.suffix.lower() in suffixes and file.is_file())
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def _decode(path: Path, files: Sequence[Path]) -> DataSet:
    of_parquet = files[0].suffix.lower() == ".parquet"
    tables = _read_parquet(path, files) if of_parquet else read_image_folder(path, files)
    kind = "Parquet file" if of_parquet else "image"
    source = f"folder {path.name} ({len(files)} {kind}{'s' if len(files) > 1 else ''})"
    if path.is_file():
        return assemble(path.stem, f"Parquet file {path.name}", tables, known_as=path.parent.name)
    return assemble(path.name, source, tables, known_as=path.name)


def _read_parquet(path: Path, files: Sequence[Path]) -> dict[str, Table]:
    by_split: dict[str, list[Path]] = {}
    for file in files:
        # A file that was named alone is what to learn from, whatever it is called.
        name = "train" if path.is_file() else split_named(file.relative_to(path))
        by_split.setdefault(name or "train", []).append(file)
    return {name: _read_files(name, paths) for name, paths in by_split.items()}


def _read_files(name: str, files: Sequence[Path]) -> Table:
    from datasets import load_dataset

    names = [glob.escape(str(file)) for file in files]
    # The library keeps an Arrow copy of what it reads; ours is decoded and smaller to read.
    with quiet(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        try:
            split = load_dataset("parquet", data_files=names, split="train", cache_dir=scratch)
        except Exception as error:  # Arrow, the library and the disk each raise their own
            listed = ", ".join(file.name for file in files)
            raise DataError(f"cannot read {listed} as Parquet, truncated or damaged: {first_line(error)}") from error
        return read_split(split, name)
