"""Decoded data sets on disk: read without decoding, and without importing what decodes."""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from tombola.data.fingerprint import fingerprint, restored, stored
from tombola.data.preparation import Preparation
from tombola.data.values import DataSet, Split
from tombola.errors import RunFolderError
from tombola.files import write_bytes

# Raise it whenever the file's layout, the decoding or the known preparations change.
FORMAT = 1


def cache_folder() -> Path:
    """$TOMBOLA_CACHE, else $XDG_CACHE_HOME/tombola, else ~/.cache/tombola."""
    if own := os.environ.get("TOMBOLA_CACHE"):
        return Path(own).expanduser()
    if common := os.environ.get("XDG_CACHE_HOME"):
        return Path(common) / "tombola"
    return Path.home() / ".cache" / "tombola"


def cached(key: object, build: Callable[[], DataSet]) -> DataSet:
    """The data set kept under `key`, or what `build` makes, kept for next time.

    A damaged file is built again; where the folder cannot be written nothing is kept, and nothing of
    images that are read when needed.

    Args:
        key: a JSON value that changes whenever the content may have.
        build: reads and decodes; called only where the cache has nothing sound.
    """
    digest = hashlib.sha256(json.dumps([FORMAT, key]).encode()).hexdigest()
    try:
        path = cache_folder() / f"{digest[:32]}.safetensors"
    except RuntimeError:  # an account without a home folder
        return build()
    kept = _read(path)
    if kept is not None:
        return kept
    data = build()
    if not data.train.in_memory:
        return data
    with suppress(RunFolderError):  # a cache is a convenience: the work goes on without it
        write_bytes(path, _encoded(data))
    return data


def _encoded(data: DataSet) -> bytes:
    from safetensors.torch import save

    tensors = {}
    for name, split in data.splits().items():
        tensors[f"{name}.inputs"] = stored(split.inputs)
        tensors[f"{name}.targets"] = stored(split.targets)
    about = json.dumps(
        {
            "name": data.name,
            "source": data.source,
            "classes": data.classes,
            "fingerprint": data.fingerprint,
            "preparation": asdict(data.preparation),
        }
    )
    return save(tensors, {"about": about, "check": hashlib.sha256(about.encode()).hexdigest()})


def _read(path: Path) -> DataSet | None:
    try:
        return _decoded(path)
    except Exception:  # whatever is wrong with a cache file, the remedy is to build it again
        return None


def _decoded(path: Path) -> DataSet | None:
    """The data set in the file; its tensors are the mapped file itself, and are checked by their digest."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        header = file.metadata()
        tensors = {name: restored(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - not a mapping
    about = json.loads(header["about"])
    names = {name.partition(".")[0] for name in tensors}
    splits = {name: Split(tensors[f"{name}.inputs"], tensors[f"{name}.targets"]) for name in names}
    sound = header["check"] == hashlib.sha256(header["about"].encode()).hexdigest()
    if not sound or about["fingerprint"] != fingerprint(splits):
        return None
    preparation = about.pop("preparation")
    preparation |= {"mean": tuple(preparation["mean"]), "std": tuple(preparation["std"])}
    return DataSet(
        train=splits["train"],
        validation=splits.get("validation"),
        test=splits.get("test"),
        preparation=Preparation(**preparation),
        **about,
    )
