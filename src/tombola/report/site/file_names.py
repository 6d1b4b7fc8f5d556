"""Names of files, made of names that anybody may have chosen."""

import re

from tombola.training.identity import identity


def download_name(*parts: str, suffix: str = "csv") -> str:
    """The name of a file that is downloaded, from all that tells it from others; parts may be empty.

    >>> download_name("density--laptop", "conv4", "test accuracy")
    'density--laptop-conv4-test-accuracy.csv'
    """
    words = (file_name(re.sub(r"[ _]+", "-", part)) for part in parts if part)
    return f"{'-'.join(words)}.{suffix}"


def file_name(text: str) -> str:
    """The text itself where it can be nothing but the name of a file; else what is left of it, and a digest.

    >>> file_name("density-lenet-laptop"), file_name("../../etc")
    ('density-lenet-laptop', 'etc-58bd5d')
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,99}", text):
        return text
    return f"{'-'.join(re.findall('[a-z0-9]+', text.lower()))[:60]}-{identity({'text': text})[:6]}"
