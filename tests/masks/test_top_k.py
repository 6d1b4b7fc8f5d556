import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tombola.errors import UsageError
from tombola.masks import top_k_mask
from tombola.masks.top_k import rank_on_device

# Few distinct values, so that ties are the rule.
tied_scores = st.lists(st.sampled_from([-2.0, -1.0, -0.0, 0.0, 0.5, 1.0, float("inf"), float("nan")]), min_size=1)
any_scores = st.lists(st.floats(width=32), min_size=1, max_size=60)


def slow_top_k(scores: list[float], count: int) -> list[bool]:
    """The definition: sort by (score descending, NaN last, index ascending), keep the first."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i] if scores[i] == scores[i] else np.inf, i))
    kept = set(order[:count])
    return [i in kept for i in range(len(scores))]


@given(st.one_of(tied_scores, any_scores), st.data())
def test_equals_the_definition(scores: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(scores)))
    assert top_k_mask(torch.tensor(scores), count).tolist() == slow_top_k(scores, count)


@given(st.one_of(tied_scores, any_scores), st.data())
def test_accelerator_path_equals_the_definition(scores: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(scores)))
    assert rank_on_device(torch.tensor(scores), count).tolist() == slow_top_k(scores, count)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16, torch.int8, torch.int64, torch.bool])
def test_any_dtype(dtype: torch.dtype) -> None:
    scores = torch.randint(0, 5, (7, 9)).to(dtype)
    expected = slow_top_k(scores.double().flatten().tolist(), 20)
    assert top_k_mask(scores, 20).flatten().tolist() == expected


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "channels_last": lambda x: x.to(memory_format=torch.channels_last),
    "transposed": lambda x: x.transpose(0, 1).contiguous().transpose(0, 1),
    "sliced": lambda x: torch.stack([x, x], dim=-1)[..., 0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_memory_format(layout: str) -> None:
    scores = torch.randint(0, 4, (4, 6, 3, 3)).float()
    strided = LAYOUTS[layout](scores)
    assert strided.stride() != scores.stride()
    assert torch.equal(top_k_mask(strided, 77), top_k_mask(scores, 77))
    assert int(top_k_mask(strided, 77).sum()) == 77


def test_all_equal_keeps_the_lowest_indices() -> None:
    for size, value in itertools.product((1, 2, 1000), (0.0, -3.0)):
        for count in {0, 1, size // 2, size}:
            assert top_k_mask(torch.full((size,), value), count).tolist() == [i < count for i in range(size)]


def test_nan_is_as_low_as_minus_infinity_and_earlier_wins() -> None:
    nan, low = float("nan"), -float("inf")
    for scores in ([1.0, nan, low, low], [1.0, low, nan, low], [nan, low, 1.0, nan]):
        for count in range(5):
            assert top_k_mask(torch.tensor(scores), count).tolist() == slow_top_k(scores, count)


def test_scores_are_left_alone_and_may_require_gradients() -> None:
    scores = torch.randn(50, requires_grad=True)
    before = scores.detach().clone()
    assert not top_k_mask(scores, 10).requires_grad
    assert torch.equal(scores, before)


@pytest.mark.parametrize("count", [-1, 5])
def test_count_out_of_range(count: int) -> None:
    with pytest.raises(UsageError, match=f"count={count}: expected 0 <= count <= 4"):
        top_k_mask(torch.randn(4), count)


def test_complex_scores_are_refused() -> None:
    with pytest.raises(UsageError, match="real numbers"):
        top_k_mask(torch.randn(4, dtype=torch.complex64), 1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_gpu_equals_cpu_without_waiting() -> None:
    scores = torch.randint(0, 50, (300, 400)).float()
    on_gpu = scores.cuda()
    torch.cuda.set_sync_debug_mode("error")
    try:
        mask = top_k_mask(on_gpu, 40_001)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.equal(mask.cpu(), top_k_mask(scores, 40_001))
