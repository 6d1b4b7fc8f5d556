"""One split of the `datasets` library, with its columns by many names, to inputs and labels."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.data.assemble import Table
from tombola.data.decode import Encoded
from tombola.errors import DataError

IMAGES = ("image", "img", "images", "picture", "pixel_values")
LABELS = ("label", "labels", "fine_label", "target", "targets", "class", "y")


def read_split(split: Any, name: str) -> Table:
    """Inputs and labels of a `datasets.Dataset`.

    The inputs are its images, still encoded, or, where it has none, its numeric columns in their
    order as float32.

    Args:
        split: the Dataset.
        name: of the split, for messages.

    Raises:
        DataError: where a column is missing, empty in places, or of a kind that is not supported.
    """
    where = f"the {name} split"
    label = _label_column(split, where)
    labels = _numbers_or_texts(split, label, where)
    declared = getattr(split.features[label], "num_classes", None)
    image = _image_column(split)
    inputs = _features(split, label, where) if image is None else _images(split, image, where)
    return Table(inputs, labels, declared)


def _label_column(split: Any, where: str) -> str:
    names = [name for name in LABELS if name in split.features]
    declared = [name for name, kind in split.features.items() if hasattr(kind, "num_classes")]
    if not names and len(declared) != 1:
        raise DataError(
            f"no label column among {_listed(split)} of {where}: expected one of {', '.join(LABELS)}; "
            "rename a column (images in a folder need one sub-folder per class)"
        )
    return (names or declared)[0]


def _image_column(split: Any) -> str | None:
    import datasets

    kinds = split.features
    typed = [name for name, kind in kinds.items() if isinstance(kind, datasets.Image)]
    encoded = [name for name in IMAGES if name in kinds and _holds_bytes(kinds[name])]
    return next(iter(typed + encoded), None)


def _holds_bytes(kind: Any) -> bool:
    if isinstance(kind, dict):
        kind = kind.get("bytes")
    return getattr(kind, "dtype", "") in ("binary", "large_binary")


def _images(split: Any, column: str, where: str) -> Encoded:
    import datasets

    if isinstance(split.features[column], datasets.Image):
        split = split.cast_column(column, datasets.Image(decode=False))
    cells = split.data.column(column)
    is_struct = isinstance(split.features[column], dict | datasets.Image)

    def read(index: int) -> bytes:
        # One cell at a time: the whole column as Python bytes would double the memory.
        cell = cells[index]
        content: bytes | None = (cell["bytes"] if is_struct and cell.is_valid else cell).as_py()
        if content is None:
            raise DataError("it has no bytes")
        return content

    def sizes() -> NDArray[np.int64]:
        from pyarrow import compute  # type: ignore[import-untyped]

        lengths = compute.binary_length(compute.struct_field(cells, "bytes") if is_struct else cells)
        return np.asarray(compute.fill_null(lengths, 0).to_numpy(), dtype=np.int64)

    return Encoded(len(split), read, where, sizes=sizes)


def _features(split: Any, label: str, where: str) -> Tensor:
    names = [name for name in split.features if name != label]
    for name in names:
        dtype = str(getattr(split.features[name], "dtype", "nested"))
        if "string" in dtype:
            raise DataError(
                f"column {name!r} of {where} holds text, which is not supported: expected images or numbers"
            )
        if not dtype.startswith(("float", "int", "uint", "bool")):
            raise DataError(f"column {name!r} of {where} holds {dtype} values: expected images or single numbers")
    if not names:
        raise DataError(f"{where} has no column but {label!r}: expected images ({', '.join(IMAGES)}) or numbers")
    columns = [_numbers_or_texts(split, name, where).astype(np.float32) for name in names]
    return torch.from_numpy(np.stack(columns, axis=1))


def _numbers_or_texts(split: Any, name: str, where: str) -> NDArray[np.generic]:
    column = split.data.column(name)
    if column.null_count:
        raise DataError(f"column {name!r} of {where} is empty in {column.null_count} rows: fill or remove them")
    values = np.asarray(column.to_numpy())
    return values.astype(str) if values.dtype == object else values


def _listed(split: Any) -> str:
    return ", ".join(map(repr, split.features)) or "no columns"
