"""The embedded data set: scikit-learn's 1,797 handwritten digits, 8 x 8 pixels."""

from importlib.metadata import version

import numpy as np
import torch

from tombola.data.assemble import Table, assemble
from tombola.data.cache import cached
from tombola.data.seeds import permutation
from tombola.data.values import DataSet


def digits() -> DataSet:
    """Digits as uint8 images (N, 1, 8, 8): 1,437 to learn from, 360 to test, always the same ones."""
    # Importing scikit-learn costs ten times what reading the cache does.
    return cached(["digits", version("scikit-learn")], _decode)


def _decode() -> DataSet:
    from sklearn.datasets import load_digits

    values, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(np.rint(values * (255 / 16)).astype(np.uint8)).view(-1, 1, 8, 8)
    # Every fifth of a shuffled list sorted by class: each class gives a fifth of its own.
    shuffled = permutation(len(labels), "digits").numpy()
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    test = np.zeros(len(labels), dtype=bool)
    test[by_class[::5]] = True
    tables = {
        "train": Table(images[torch.from_numpy(~test)], labels[~test], 10),
        "test": Table(images[torch.from_numpy(test)], labels[test], 10),
    }
    return assemble("digits", "digits (embedded in scikit-learn)", tables)
