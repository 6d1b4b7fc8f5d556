"""Small data sets made on the spot."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Encode = Callable[[Pixels], bytes]
WriteParquet = Callable[..., Path]


@pytest.fixture
def png() -> Encode:
    """Encodes (H, W) or (H, W, C) pixels as PNG."""

    def encode(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        return file.getvalue()

    return encode


@pytest.fixture
def write_parquet() -> WriteParquet:
    """Writes columns to a Parquet file; images are given as encoded bytes and stored as the hub does."""

    def write(path: Path, columns: dict[str, Any], class_names: list[str] | None = None) -> Path:
        import datasets

        columns = dict(columns)
        features: dict[str, Any] = {}
        for name, values in columns.items():
            if len(values) and isinstance(values[0], bytes):
                columns[name] = [{"bytes": value, "path": None} for value in values]
                features[name] = datasets.Image()
        table = datasets.Dataset.from_dict(columns)
        for name, kind in features.items():
            table = table.cast_column(name, kind)
        if class_names is not None:
            table = table.cast_column("label", datasets.ClassLabel(names=class_names))
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(str(path))
        return path

    return write


@pytest.fixture
def pixels() -> Pixels:
    """Twelve grey images of 5 x 4 pixels."""
    return np.random.default_rng(0).integers(0, 256, (12, 4, 5), dtype=np.uint8)
