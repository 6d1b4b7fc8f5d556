import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.errors import UsageError
from tombola.masks.criteria import COMBINED, CRITERIA, criterion_scores

NUMBERS = st.floats(-4, 4, width=32, allow_nan=False) | st.sampled_from([0.0, -0.0, 0.5, -0.5])
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=12)


def sign(x: float) -> int:
    return (x > 0) - (x < 0)


def slow(criterion: str, before: float, after: float, alpha: float) -> float:
    """Each formula again, one weight at a time."""
    same, grown = sign(before) * sign(after), abs(after) - abs(before)
    if criterion.endswith("-sign"):
        wanted = 1 if criterion.endswith("same-sign") else -1
        value = abs(after) if criterion.startswith("large-final") else grown
        return max(0.0, value) if same == wanted else 0.0
    return {
        "large-final": abs(after),
        "small-final": -abs(after),
        "large-init": abs(before),
        "small-init": -abs(before),
        "large-init-large-final": min(alpha * abs(after), abs(before)),
        "small-init-small-final": -max(alpha * abs(after), abs(before)),
        "magnitude-increase": grown,
        "movement": abs(after - before),
    }[criterion]


def test_there_are_thirteen() -> None:
    assert len(CRITERIA) == 13
    assert set(COMBINED) < set(CRITERIA)


@pytest.mark.parametrize("criterion", [name for name in CRITERIA if name != "random"])
@given(pairs=PAIRS, alpha=st.sampled_from([0.25, 1.0, 2.0]))
def test_scores_are_those_of_the_formula(criterion: str, pairs: list[tuple[float, float]], alpha: float) -> None:
    initial, final = (torch.tensor(side, dtype=torch.float64) for side in zip(*pairs, strict=True))
    expected = [slow(criterion, before, after, alpha) for before, after in pairs]
    assert criterion_scores(criterion, initial, final, alpha).tolist() == expected


def test_same_and_diff_sign_share_the_weights_between_them() -> None:
    initial, final = torch.randn(500), torch.randn(500)
    same, diff = (criterion_scores(f"large-final-{which}-sign", initial, final) for which in ("same", "diff"))
    assert torch.equal(same + diff, final.abs())
    assert not ((same > 0) & (diff > 0)).any()


def test_random_is_the_draw() -> None:
    draw = torch.rand(7)
    assert torch.equal(criterion_scores("random", torch.zeros(7), None, draw=draw), draw)
    with pytest.raises(UsageError, match="criterion=random ranks by a random draw, and none was given"):
        criterion_scores("random", torch.zeros(7), None)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_without_trained_weights(criterion: str) -> None:
    initial, draw = torch.randn(5), torch.rand(5)
    if criterion in ("large-init", "small-init", "random"):
        assert criterion_scores(criterion, initial, None, draw=draw).shape == (5,)
    else:
        with pytest.raises(UsageError, match="ranks by trained weights, and none were given: expected large-init"):
            criterion_scores(criterion, initial, None, draw=draw)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("criterion", CRITERIA)
def test_type_and_shape_stay_and_nothing_is_written(criterion: str, dtype: torch.dtype) -> None:
    initial, final, draw = torch.randn(3, 3, 4, dtype=dtype)
    before = initial.clone(), final.clone()
    scores = criterion_scores(criterion, initial, final, draw=draw)
    assert (scores.dtype, scores.shape) == (dtype, initial.shape)
    assert torch.equal(initial, before[0])
    assert torch.equal(final, before[1])
    assert all(map(math.isfinite, scores.flatten().tolist()))


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown criterion 'large-finale': did you mean 'large-final'"):
        criterion_scores("large-finale", torch.zeros(1), torch.zeros(1))
