"""Which split a file or folder belongs to, by the words in its name."""

import re
from pathlib import PurePath

WORDS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
}


def split_named(path: PurePath) -> str | None:
    """The split that a relative path names, the file's own name first; None where it names none.

    >>> split_named(PurePath("data/train-00000-of-00001.parquet")), split_named(PurePath("contest/0.parquet"))
    ('train', None)
    """
    for part in reversed(path.parts):
        for word in re.findall(r"[a-z]+", part.lower()):
            if word in WORDS:
                return WORDS[word]
    return None
