import numpy as np
import torch
from sklearn.datasets import load_digits

from tombola.data import load


def test_digits_are_all_there_once_and_scaled() -> None:
    data = load("digits")
    assert data.test is not None
    assert (len(data.train), len(data.test), data.classes, data.name) == (1437, 360, 10, "digits")
    both = torch.cat([data.train.inputs, data.test.inputs])
    assert (both.shape, both.dtype, int(both.max())) == ((1797, 1, 8, 8), torch.uint8, 255)
    labels = torch.cat([data.train.targets, data.test.targets])
    rows = np.column_stack([both.flatten(1).numpy(), labels.numpy()])
    values, targets = load_digits(return_X_y=True)
    expected = np.column_stack([np.rint(values * 255 / 16), targets])
    assert (rows[np.lexsort(rows.T)] == expected[np.lexsort(expected.T)]).all()


def test_the_classes_are_divided_evenly() -> None:
    data = load("digits")
    assert data.test is not None
    shares = torch.bincount(data.test.targets) / torch.bincount(torch.cat([data.train.targets, data.test.targets]))
    assert ((shares - 0.2).abs() < 0.01).all()


def test_the_division_is_pinned() -> None:
    assert load("digits").fingerprint[:16] == "3b3fc61c72f1a1fa"
