import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from tombola.data.augment import crop, draw_flips, draw_offsets, flip

shapes = st.tuples(*[st.integers(1, 4)] * 4)


@given(st.data(), shapes, st.integers(0, 3))
def test_crop_is_padding_and_slicing(data: st.DataObject, shape: tuple[int, int, int, int], padding: int) -> None:
    images = data.draw(nps.arrays(np.uint8, shape))
    corners = st.integers(0, 2 * padding)
    offsets = data.draw(nps.arrays(np.int64, (2, shape[0]), elements=corners))
    got = crop(torch.from_numpy(images), padding, torch.from_numpy(offsets)).numpy()
    for index, (row, column) in enumerate(offsets.T):
        padded = np.pad(images[index], ((padding, padding), (padding, padding), (0, 0)))
        assert (got[index] == padded[row : row + shape[1], column : column + shape[2]]).all()


@given(st.data(), shapes)
def test_flip_mirrors_the_chosen_and_leaves_the_rest(data: st.DataObject, shape: tuple[int, int, int, int]) -> None:
    images = data.draw(nps.arrays(np.uint8, shape))
    chosen = data.draw(st.lists(st.integers(0, shape[0] - 1), unique=True))
    given_images = torch.from_numpy(images.copy())
    got = flip(given_images, torch.tensor(chosen, dtype=torch.int64)).numpy()
    expected = [image[:, ::-1] if index in chosen else image for index, image in enumerate(images)]
    assert (got == np.stack(expected)).all()
    assert (given_images.numpy() == images).all()


def test_draws_cover_their_range_evenly() -> None:
    generator = torch.Generator().manual_seed(0)
    offsets = draw_offsets(9000, 4, generator)
    assert offsets.shape == (2, 9000)
    counts = torch.bincount(offsets.flatten(), minlength=9)
    assert len(counts) == 9
    assert counts.min() > 1800  # 2000 expected, standard deviation 42
    assert 4700 < len(draw_flips(10000, generator)) < 5300  # 5000 expected, standard deviation 50
