"""A folder of images: class sub-folders, inside split folders where there are any."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tombola.data.assemble import Table
from tombola.data.decode import Encoded, decode_images
from tombola.data.sources.split_names import split_named
from tombola.errors import DataError

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"})


def read_image_folder(root: Path, files: Sequence[Path]) -> dict[str, Table]:
    """Decode the images below `root`: `[split/]class/.../image`; labels are the class folders' names.

    Top folders are splits only where one of them is called train, so a class may be called 'test'.

    Args:
        root: the folder.
        files: the images in it, sorted.

    Raises:
        DataError: for an image outside a class folder, or one that cannot be read.
    """
    tops = {file.relative_to(root).parts[0] for file in files}
    has_splits = any(_split_of(top) == "train" for top in tops)
    members: dict[str, list[tuple[str, Path]]] = {}
    for file in files:
        parts = file.relative_to(root).parts
        split = _split_of(parts[0]) if has_splits else "train"
        depth = 1 if has_splits else 0
        if split is None or len(parts) < depth + 2:
            raise DataError(f"image {'/'.join(parts)} is in no class folder: expected [split/]class/image")
        members.setdefault(split, []).append((parts[depth], file))
    return {split: _table(split, pairs) for split, pairs in members.items()}


def _table(split: str, pairs: Sequence[tuple[str, Path]]) -> Table:
    files = [file for _, file in pairs]
    names = ["/".join(file.parts[-2:]) for file in files]
    encoded = Encoded(len(files), lambda index: files[index].read_bytes(), f"the {split} split", names)
    return Table(decode_images(encoded), np.array([label for label, _ in pairs]))


def _split_of(folder: str) -> str | None:
    return split_named(Path(folder)) if folder.isalpha() else None
