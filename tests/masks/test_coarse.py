import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.masks import coarse, top_k_mask
from tombola.masks.coarse import top_k_by_halves, upper_halves

floats = st.floats(width=32, allow_nan=False)


@pytest.fixture(autouse=True)
def _always_by_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coarse, "SMALL", 1)
    monkeypatch.setattr(coarse, "halves_pay", lambda: True)


def slow_top_k(scores: list[float], count: int) -> list[bool]:
    order = sorted(range(len(scores)), key=lambda i: (-scores[i] if scores[i] == scores[i] else np.inf, i))
    return [i in set(order[:count]) for i in range(len(scores))]


@given(floats, floats)
def test_halves_keep_the_order(low: float, high: float) -> None:
    halves = upper_halves(np.array(sorted([low, high]), dtype=np.float32))
    assert halves[0] <= halves[1] or low == high


@given(
    st.lists(
        st.one_of(
            st.floats(width=32),
            st.sampled_from([0.0, -0.0, float("inf"), -float("inf"), float("nan"), 1.0, 1.0000001, -1.0, -1.0000001]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.data(),
)
def test_equals_the_definition_whatever_the_numbers(scores: list[float], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, len(scores)))
    assert top_k_mask(torch.tensor(scores), count).tolist() == slow_top_k(scores, count)


@pytest.mark.parametrize("count", [1, 777, 100_000, 199_999])
def test_many_numbers_of_one_upper_half(count: int) -> None:
    scores = 1 + torch.arange(200_000).remainder(1000) * 2e-7  # they differ in the lower half alone, and repeat
    order = torch.sort(scores, descending=True, stable=True).indices[:count]
    expected = torch.zeros(200_000, dtype=torch.bool).index_fill(0, order, True)
    assert torch.equal(top_k_mask(scores, count), expected)


@pytest.mark.parametrize("spread", [1e-30, 1e-3, 1e20])
def test_both_signs(spread: float) -> None:
    scores = torch.randn(50_000) * spread
    for count in (1, 20_000, 25_000, 49_999):
        order = torch.sort(scores, descending=True, stable=True).indices[:count]
        assert set(top_k_mask(scores, count).nonzero().flatten().tolist()) == set(order.tolist())


def test_it_says_where_it_is_no_way() -> None:
    out = np.empty(3, dtype=np.bool_)
    for values in ([1.0, np.inf, 0.0], [1.0, np.nan, 2.0], [0.0, -0.0, 0.0]):
        assert top_k_by_halves(np.array(values, dtype=np.float32), 2, out) is None
    assert top_k_by_halves(np.array([1.0, 2.0, 3.0]), 2, out) is None, "float64"
