"""Data sets on disk: a Parquet file, a folder of them, or a folder of images with a sub-folder per class."""

import glob
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tombola.data.assemble import Table, assemble
from tombola.data.cache import cache_folder, cached
from tombola.data.columns import read_split
from tombola.data.hub_library import first_line, quiet
from tombola.data.in_memory import MEMORY_LIMIT, are_encoded, decoded_if_they_fit
from tombola.data.known import Known
from tombola.data.sources.image_folder import IMAGE_SUFFIXES, read_image_folder
from tombola.data.sources.listing import Listed, listed
from tombola.data.sources.split_names import split_named
from tombola.data.values import DataSet
from tombola.errors import DataError


def local(path: Path, said_to_be: Known | None = None) -> DataSet:
    """Read a file or folder that exists, through the cache.

    Args:
        path: of it.
        said_to_be: what it holds, by what its user says; else its name is looked at.

    Raises:
        DataError: where it holds no data that can be used.
    """
    path = path.resolve()
    files = _files(path)
    if not files:
        kind = "folder" if path.is_dir() else "file"
        raise DataError(
            f"{kind} {path.name} holds no Parquet files and no images: expected *.parquet, "
            "or images in one sub-folder per class"
        )
    key = ["local", str(path), files] + ([said_to_be.hub] if said_to_be else [])
    return cached(key, lambda: _decode(path, files, said_to_be))


def _files(path: Path) -> list[Listed]:
    """The Parquet files there are, else the images; of a file its own path is '.'."""
    if path.is_file():
        about = path.stat()
        return [Listed(".", about.st_size, about.st_mtime_ns)] if _is_parquet(path.name) else []
    try:
        found = listed(path, IMAGE_SUFFIXES | {".parquet"})
    except OSError as error:
        raise DataError(f"folder {path.name} cannot be read: {error}") from error
    return [file for file in found if _is_parquet(file.name)] or found


def _is_parquet(name: str) -> bool:
    return name.lower().endswith(".parquet")


def _decode(path: Path, files: Sequence[Listed], said_to_be: Known | None) -> DataSet:
    is_file = path.is_file()
    of_parquet = _is_parquet(path.name if is_file else files[0].name)
    tables = (_read_parquet if of_parquet else _read_images)(path, files, said_to_be)
    if is_file:
        source, named = f"Parquet file {path.name}", path.parent
    else:
        kind = "Parquet file" if of_parquet else "image"
        source, named = f"folder {path.name} ({len(files)} {kind}{'s' if len(files) > 1 else ''})", path
    name = path.stem if is_file else path.name
    return assemble(name, source, tables, known_as=named.name, said_to_be=said_to_be)


def _read_images(path: Path, files: Sequence[Listed], said_to_be: Known | None) -> dict[str, Table]:
    return decoded_if_they_fit(read_image_folder(path, files), said_to_be)


def _read_parquet(path: Path, files: Sequence[Listed], said_to_be: Known | None) -> dict[str, Table]:
    """The tables of Parquet files, by way of Arrow files, which the library writes and can read by row.

    Where images are decoded here and now those are removed again; else they stay in our cache, for
    they are what every batch is read from.
    """
    if sum(file.size for file in files) <= MEMORY_LIMIT:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            tables = decoded_if_they_fit(_read_splits(path, files, Path(scratch)), said_to_be)
        if not are_encoded(tables):
            return tables
    return decoded_if_they_fit(_read_splits(path, files, _arrow_folder()), said_to_be)


def _arrow_folder() -> Path:
    try:
        folder = cache_folder() / "arrow"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"images that do not fit in memory are read from the cache, which cannot be written ({error}): set "
            "TOMBOLA_CACHE to a folder with room for them"
        ) from error
    return folder


def _read_splits(path: Path, files: Sequence[Listed], folder: Path) -> dict[str, Table]:
    by_split: dict[str, list[Path]] = {}
    for file in files:
        # A file that was named alone is what to learn from, whatever it is called.
        name = "train" if path.is_file() else split_named(Path(file.name))
        by_split.setdefault(name or "train", []).append(path / file.name if file.name != "." else path)
    return {name: _read_files(name, paths, folder) for name, paths in by_split.items()}


def _read_files(name: str, files: Sequence[Path], folder: Path) -> Table:
    from datasets import load_dataset

    names = [glob.escape(str(file)) for file in files]
    with quiet():
        try:
            split = load_dataset("parquet", data_files=names, split="train", cache_dir=str(folder))
        except Exception as error:  # Arrow, the library and the disk each raise their own
            listing = ", ".join(file.name for file in files)
            raise DataError(f"cannot read {listing} as Parquet, truncated or damaged: {first_line(error)}") from error
        return read_split(split, name)
