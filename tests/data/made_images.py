"""Small images of mixed sizes, three classes that a glance tells apart, as files and as Parquet."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"blue": (30, 40, 220), "green": (30, 200, 50), "red": (220, 40, 30)}
Named = list[tuple[str, bytes]]


def picture(index: int, colour: tuple[int, int, int]) -> Image.Image:
    """A noisy picture of mostly one colour, whose size depends on its index."""
    width, height = 40 + 7 * (index % 5), 36 + 5 * (index % 7)
    noise = np.random.default_rng(index).integers(-25, 26, (height, width, 3))
    return Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "JPEG") -> bytes:
    """The bytes of a file of that kind."""
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def pictures(each: int, start: int = 0) -> Named:
    """`each` pictures of each class, by the path they have in a folder: class folders in alphabetical order."""
    return [
        (f"{name}/{index:03}.jpg", encoded(picture(start + index * 3 + place, colour)))
        for place, (name, colour) in enumerate(COLOURS.items())
        for index in range(each)
    ]


def write(root: Path, named: Iterable[tuple[str, bytes]]) -> Path:
    """The files in a folder."""
    for path, content in named:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return root


def made_folder(root: Path, each: int = 4, test: int = 0, final: str = "test") -> Path:
    """A folder of `each` training pictures of each class, and `test` of a split called `final`."""
    if not test:
        return write(root, pictures(each))
    splits = {"train": pictures(each), final: pictures(test, start=1000)}
    return write(root, ((f"{split}/{path}", content) for split, part in splits.items() for path, content in part))
