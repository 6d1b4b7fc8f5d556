import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from tombola.data import Preparation
from tombola.data.assemble import Table, assemble, channel_statistics
from tombola.errors import DataError


@given(nps.arrays(np.uint8, st.tuples(*[st.integers(1, 5)] * 4)))
def test_statistics_are_mean_and_deviation_per_channel(images: np.ndarray) -> None:
    mean, std = channel_statistics(torch.from_numpy(images))
    scaled = images.astype(np.float64) / 255
    deviation = scaled.std((0, 2, 3))
    np.testing.assert_allclose(mean, scaled.mean((0, 2, 3)), atol=1e-12)
    np.testing.assert_allclose(std, np.where(deviation < 1e-9, 1, deviation), atol=1e-9)


def test_only_pixels_have_statistics() -> None:
    assert channel_statistics(torch.zeros(3, 2)) == ((), ())
    assert channel_statistics(torch.arange(4)) == ((), ())
    assert channel_statistics(torch.tensor([[0, 255]], dtype=torch.uint8)) == ((0.5,), (0.5,))


def test_images_lie_channels_last_and_grey_ones_get_a_channel() -> None:
    labels = np.array([0, 1])
    colour = assemble("a", "a", {"train": Table(torch.zeros(2, 3, 4, 5, dtype=torch.uint8), labels)})
    assert colour.train.inputs.is_contiguous(memory_format=torch.channels_last)
    grey = assemble("a", "a", {"train": Table(torch.zeros(2, 4, 5, dtype=torch.uint8), labels)})
    assert grey.train.inputs.shape == (2, 1, 4, 5)
    assert grey.preparation == Preparation((0.0,), (1.0,))


def test_a_known_name_counts_only_where_the_form_agrees() -> None:
    labels = np.arange(10)
    right = Table(torch.zeros(10, 3, 32, 32, dtype=torch.uint8), labels)
    wrong = Table(torch.zeros(10, 3, 16, 16, dtype=torch.uint8), labels)
    assert assemble("a", "a", {"train": right}, known_as="cifar10-jpeg").preparation.crop_padding == 4
    assert assemble("a", "a", {"train": wrong}, known_as="cifar10-jpeg").preparation.crop_padding == 0
    assert assemble("a", "a", {"train": right}).preparation.crop_padding == 0


def test_a_data_set_without_training_split_is_refused() -> None:
    with pytest.raises(DataError, match="folder x has no train split, only test"):
        assemble("x", "folder x", {"test": Table(torch.zeros(1, 2), np.array([0]))})
