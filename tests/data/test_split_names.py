from pathlib import PurePosixPath

import pytest

from tombola.data.sources.split_names import split_named


@pytest.mark.parametrize(
    ("path", "split"),
    [
        ("train.parquet", "train"),
        ("data/train-00000-of-00002-a1b2.parquet", "train"),
        ("plain_text/TEST-00000.parquet", "test"),
        ("val/0000.parquet", "validation"),
        ("my_validation_set.parquet", "validation"),
        ("test/train.parquet", "train"),
        ("trainer/0.parquet", None),
        ("latest.parquet", None),
    ],
)
def test_words_in_names_tell_the_split(path: str, split: str | None) -> None:
    assert split_named(PurePosixPath(path)) == split
