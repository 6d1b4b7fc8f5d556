import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.masks import rank, top_k_mask


@given(st.lists(st.integers(0, 9), min_size=2, max_size=40), st.data())
def test_halves_find_what_a_sort_finds(values: list[int], data: st.DataObject) -> None:
    wanted = data.draw(st.integers(0, len(values) - 1))
    assert rank._in_halves(np.array(values), wanted) == sorted(values)[wanted]


@pytest.mark.parametrize("order", [1, -1])
def test_halves_that_do_not_overlap(order: int) -> None:
    values = np.arange(1001)[::order]
    for wanted in (0, 1, 499, 500, 501, 999, 1000):
        assert rank._in_halves(values.copy(), wanted) == wanted


def test_large_scores_on_two_threads_keep_the_same_as_on_one() -> None:
    scores = torch.randn(rank.LARGE + 3).mul_(50).round_()
    one = top_k_mask(scores, 300_001)
    torch.set_num_threads(2)
    assert torch.equal(top_k_mask(scores, 300_001), one)
    assert int(one.sum()) == 300_001
