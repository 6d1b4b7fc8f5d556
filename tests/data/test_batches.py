from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.data import Preparation, Split, batch_order, batches, evaluation_batches
from tombola.errors import UsageError

AUGMENTED = Preparation((0.5,), (0.5,), crop_padding=1, flip=True)


def split_of(count: int) -> Split:
    images = torch.arange(count * 16).remainder(251).to(torch.uint8).view(count, 1, 4, 4)
    return Split(images, torch.arange(count))


@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 5), st.integers(0, 5))
def test_an_epoch_holds_every_example_once(count: int, batch_size: int, seed: int, epoch: int) -> None:
    split = split_of(count)
    made = list(batches(split, batch_size, Preparation(), seed=seed, epoch=epoch))
    targets = torch.cat([targets for _, targets in made])
    assert targets.tolist() == batch_order(count, seed, epoch).tolist()
    assert sorted(targets.tolist()) == list(range(count))
    assert [len(targets) for _, targets in made[:-1]] == [batch_size] * (len(made) - 1)
    assert torch.equal(torch.cat([inputs for inputs, _ in made]), Preparation()(split.inputs[targets]))


@given(st.integers(0, 7))
def test_batches_are_the_same_wherever_one_begins(first: int) -> None:
    split = split_of(20)
    whole = list(batches(split, 3, AUGMENTED, seed=1, epoch=2))
    rest = list(batches(split, 3, AUGMENTED, seed=1, epoch=2, first=first))
    assert len(rest) == len(whole) - first
    for (inputs, targets), (expected, labels) in zip(rest, whole[first:], strict=True):
        assert torch.equal(inputs, expected)
        assert torch.equal(targets, labels)


def test_order_and_augmentation_change_with_seed_and_epoch() -> None:
    orders = {tuple(batch_order(50, seed, epoch).tolist()) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16
    same = Split(split_of(1).inputs.expand(30, 1, 4, 4).contiguous(), torch.zeros(30, dtype=torch.int64))
    runs = [next(batches(same, 30, AUGMENTED, seed=s, epoch=e))[0] for s, e in [(0, 0), (0, 1), (1, 0)]]
    assert not any(torch.equal(runs[a], runs[b]) for a, b in [(0, 1), (0, 2), (1, 2)])


def test_the_global_generator_is_neither_read_nor_moved() -> None:
    split = split_of(10)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = next(batches(split, 4, AUGMENTED, seed=0, epoch=0))[0]
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert torch.equal(next(batches(split, 4, AUGMENTED, seed=0, epoch=0))[0], first)


def test_evaluation_is_in_order_and_plain() -> None:
    split = split_of(7)
    made = list(evaluation_batches(split, 3, AUGMENTED))
    assert [len(targets) for _, targets in made] == [3, 3, 1]
    assert torch.equal(torch.cat([targets for _, targets in made]), split.targets)
    plain = Preparation(AUGMENTED.mean, AUGMENTED.std)
    assert torch.equal(torch.cat([inputs for inputs, _ in made]), plain(split.inputs))


def test_token_ids_stay_whole_numbers() -> None:
    split = Split(torch.arange(12).view(4, 3), torch.zeros(4, dtype=torch.int64))
    for inputs, _ in (*batches(split, 2, AUGMENTED, seed=0, epoch=0), *evaluation_batches(split, 2, AUGMENTED)):
        assert inputs.dtype == torch.int64


def test_nothing_is_left_after_the_last_batch() -> None:
    assert not list(islice(batches(split_of(4), 2, Preparation(), seed=0, epoch=0, first=9), 1))


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_size_below_one_is_refused_at_once(batch_size: int) -> None:
    with pytest.raises(UsageError, match="batch_size"):
        batches(split_of(3), batch_size, Preparation(), seed=0, epoch=0)
    with pytest.raises(UsageError, match="batch_size"):
        evaluation_batches(split_of(3), batch_size, Preparation())


def test_a_negative_first_batch_is_refused() -> None:
    with pytest.raises(UsageError, match="first=-1"):
        batches(split_of(3), 1, Preparation(), seed=0, epoch=0, first=-1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_batches_on_a_gpu_are_those_on_the_cpu() -> None:
    split = split_of(20)
    there = batches(split.to("cuda"), 6, AUGMENTED, seed=0, epoch=0)
    for (inputs, targets), (expected, labels) in zip(there, batches(split, 6, AUGMENTED, seed=0, epoch=0), strict=True):
        torch.testing.assert_close(inputs.cpu(), expected)
        assert torch.equal(targets.cpu(), labels)
