"""A folder of images: class sub-folders, inside split folders where there are any."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tombola.data.assemble import Table
from tombola.data.decode import Encoded
from tombola.data.sources.listing import Listed
from tombola.data.sources.split_names import split_named
from tombola.errors import DataError

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"})


def read_image_folder(root: Path, files: Sequence[Listed]) -> dict[str, Table]:
    """The images below `root`, still encoded: `[split/]class/.../image`; labels are the class folders' names.

    Top folders are splits only where one of them is called train, so a class may be called 'test'.

    Args:
        root: the folder.
        files: the images in it, sorted.

    Raises:
        DataError: for an image outside a class folder.
    """
    tops = {file.name.partition("/")[0] for file in files}
    has_splits = any(_split_of(top) == "train" for top in tops)
    members: dict[str, list[tuple[str, Listed]]] = {}
    for file in files:
        parts = file.name.split("/")
        split = _split_of(parts[0]) if has_splits else "train"
        depth = 1 if has_splits else 0
        if split is None or len(parts) < depth + 2:
            raise DataError(f"image {file.name} is in no class folder: expected [split/]class/image")
        members.setdefault(split, []).append((parts[depth], file))
    return {split: _table(root, split, pairs) for split, pairs in members.items()}


def _table(root: Path, split: str, pairs: Sequence[tuple[str, Listed]]) -> Table:
    files = [file for _, file in pairs]
    encoded = Encoded(
        count=len(files),
        read=lambda index: (root / files[index].name).read_bytes(),
        where=f"the {split} split",
        names=["/".join(file.name.rsplit("/", 2)[-2:]) for file in files],
        sizes=lambda: np.array([file.size for file in files], dtype=np.int64),
    )
    return Table(encoded, np.array([label for label, _ in pairs]))


def _split_of(folder: str) -> str | None:
    return split_named(Path(folder)) if folder.isalpha() else None
