"""The one way in: whatever a user calls data, as a `DataSet`."""

import re
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset

from tombola.data.known import KNOWN, Known, find_known
from tombola.data.sources.digits import digits
from tombola.data.sources.hub import hub
from tombola.data.sources.local import local
from tombola.data.sources.memory import from_memory
from tombola.data.values import DataSet
from tombola.errors import DataError, unknown_name


def load(source: "str | Path | DataSet | tuple[Any, ...] | Dataset[Any]", *, known_as: str | None = None) -> DataSet:
    """Load a data set into memory, images decoded to uint8; files are decoded once and cached.

    Images of several sizes, or too many to hold, stay in their files and are decoded when a batch is
    taken, brought to one size: see `DataSet.with_image_size` and docs/data.md.

    Args:
        source: 'digits' (embedded); an existing folder or Parquet file; a short name (mnist,
            cifar10, imagenet, ...) or `owner/name` on the Hugging Face hub; a tuple (inputs, targets),
            (train, validation) or (train, validation, test), each a torch Dataset or a pair of
            tensors or arrays; a torch Dataset (the training split); or a `DataSet`, as it is.
        known_as: the short name of what a folder or a file holds, such as imagenet: it is prepared as that is, and
            reported on the same split, whatever its own name is. Without it, a folder's name is looked at.

    Raises:
        DataError: in one sentence, for whatever cannot be found, read or used.

    >>> import torch
    >>> data = load((torch.rand(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])))
    >>> data.classes, data.source
    (3, 'tensors in memory (train 6x4)')
    """
    if isinstance(source, DataSet):
        return source
    if isinstance(source, str | Path):
        return _named(str(source), isinstance(source, Path), find_known(known_as) if known_as else None)
    return from_memory(source)


def _named(name: str, is_path: bool, said_to_be: Known | None) -> DataSet:
    if name == "digits" and not is_path:
        return digits()
    path = Path(name).expanduser()
    if name and _exists(path):
        return local(path, said_to_be)
    if is_path or _looks_like_path(name):
        raise DataError(f"{name!r} does not exist: expected a folder or a Parquet file")
    if find_known(name) or re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        return hub(name)
    known = unknown_name("data set", name, ["digits", *KNOWN])
    raise DataError(f"{known}; or a folder, a Parquet file, or owner/name on the hub")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:  # no permission, a name too long, a NUL in it
        raise DataError(f"{str(path)!r} cannot be looked up: {error}") from error


def _looks_like_path(name: str) -> bool:
    return name.startswith(("/", "~", ".")) or name.count("/") > 1 or "\\" in name or name.endswith(".parquet")
