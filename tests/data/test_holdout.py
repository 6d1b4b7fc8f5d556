import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.data import DataSet, Preparation, Split, load, split_validation
from tombola.errors import DataError, UsageError


def data_of(count: int) -> DataSet:
    return load((torch.arange(count, dtype=torch.float32).view(-1, 1), torch.zeros(count, dtype=torch.int64)))


@given(st.integers(2, 80), st.floats(0.01, 0.99), st.integers(0, 5))
def test_both_parts_together_are_the_training_split(count: int, fraction: float, seed: int) -> None:
    data, held = data_of(count), round(fraction * count)
    if held in (0, count):
        with pytest.raises(DataError, match="at least one on either side"):
            split_validation(data, fraction, seed)
        return
    divided = split_validation(data, fraction, seed)
    assert divided.validation is not None
    assert (len(divided.validation), len(divided.train)) == (held, count - held)
    kept, chosen = divided.train.inputs.flatten().tolist(), divided.validation.inputs.flatten().tolist()
    assert sorted(kept + chosen) == list(range(count))
    assert (kept, chosen) == (sorted(kept), sorted(chosen))


def test_the_choice_depends_on_the_seed_alone() -> None:
    chosen = [split_validation(data_of(50), 0.2, seed).validation for seed in (0, 0, 1)]
    values = [split.inputs.flatten().tolist() for split in chosen if split is not None]
    assert values[0] == values[1] != values[2]


def test_identity_and_preparation_are_kept() -> None:
    data = data_of(10)
    divided = split_validation(data, 0.5, 0)
    assert (divided.fingerprint, divided.preparation, divided.test) == (data.fingerprint, data.preparation, None)
    assert len(data.train) == 10


def test_a_data_set_with_validation_or_no_fraction_stays_as_it_is() -> None:
    split = Split(torch.zeros(4, 1), torch.zeros(4, dtype=torch.int64))
    data = DataSet("a", split, split, None, 1, Preparation(), "", "")
    assert split_validation(data, 0.5, 0) is data
    plain = data_of(4)
    assert split_validation(plain, 0, 0) is plain


@pytest.mark.parametrize("fraction", [-0.1, 1, 10, float("nan")])
def test_a_fraction_that_is_none_is_refused(fraction: float) -> None:
    with pytest.raises(UsageError, match="0 <= fraction < 1"):
        split_validation(data_of(4), fraction, 0)
