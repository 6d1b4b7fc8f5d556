import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.data import Preparation, Split
from tombola.data.values import DataSet
from tombola.errors import DataError, UsageError


@given(st.lists(st.integers(0, 6), max_size=10), st.booleans())
def test_take_gives_exactly_the_examples_asked_for(indices: list[int], channels_last: bool) -> None:
    images = torch.arange(7 * 2 * 3 * 4, dtype=torch.uint8).view(7, 2, 3, 4)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    split = Split(images.contiguous(memory_format=layout), torch.arange(7))
    taken = split.take(torch.tensor(indices, dtype=torch.int64))
    assert taken.targets.tolist() == indices
    assert all(torch.equal(taken.inputs[place], images[index]) for place, index in enumerate(indices))


def test_take_keeps_channels_last_and_copies() -> None:
    split = Split(torch.zeros(4, 3, 2, 2).contiguous(memory_format=torch.channels_last), torch.zeros(4))
    taken = split.take(torch.tensor([1, 2]))
    assert taken.inputs.is_contiguous(memory_format=torch.channels_last)
    taken.inputs.fill_(1)
    assert split.inputs.sum() == 0


@pytest.mark.parametrize(("inputs", "targets"), [((3, 2), (2,)), ((), (1,)), ((0, 2), (1,))])
def test_lengths_that_differ_are_refused(inputs: tuple[int, ...], targets: tuple[int, ...]) -> None:
    with pytest.raises(DataError, match="as many targets as inputs"):
        Split(torch.zeros(inputs), torch.zeros(targets))


def test_splits_are_listed_in_order_without_the_missing() -> None:
    split = Split(torch.zeros(1, 1), torch.zeros(1))
    data = DataSet("a", split, None, split, None, Preparation(), "", "")
    assert list(data.splits()) == ["train", "test"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_the_same_examples_come_out() -> None:
    images = torch.randint(0, 256, (20, 3, 8, 8), dtype=torch.uint8).contiguous(memory_format=torch.channels_last)
    split = Split(images, torch.arange(20))
    indices = torch.randperm(20)
    there = split.to("cuda").take(indices.to("cuda"))
    assert there.inputs.is_cuda
    assert torch.equal(there.inputs.cpu(), split.take(indices).inputs)


def test_pixels_can_stay_in_the_unit_interval() -> None:
    images = torch.tensor([[[[0, 51], [102, 255]]]], dtype=torch.uint8)
    split = Split(images, torch.tensor([0]))
    data = DataSet("d", split, None, None, 2, Preparation((0.5,), (0.25,)), "f", "s")
    assert data.with_pixels("standardised") is data
    assert data.preparation(images).flatten().tolist() == pytest.approx([-2.0, -1.2, -0.4, 2.0])
    assert data.with_pixels("unit").preparation(images).flatten().tolist() == pytest.approx([0.0, 0.2, 0.4, 1.0])
    with pytest.raises(UsageError, match="unknown pixels 'raw'"):
        data.with_pixels("raw")


def test_pixels_are_brought_to_what_a_network_was_trained_with() -> None:
    images = torch.tensor([[[[0, 51], [102, 255]]]], dtype=torch.uint8)
    data = DataSet("d", Split(images, torch.tensor([0])), None, None, 2, Preparation((0.5,), (0.25,)), "f", "s")
    told = data.standardised_as({"mean": [0.2], "std": [0.1], "crop_padding": 4})
    assert told.preparation == Preparation((0.2,), (0.1,))
    assert data.standardised_as({"mean": [0], "std": [1]}).preparation == Preparation((0,), (1,))
    for silent in (None, "mnist", {}, {"mean": [0.2]}, {"mean": [0.1, 0.2, 0.3], "std": [0.1, 0.1, 0.1]}):
        assert data.standardised_as(silent) is data
    for mean, std in ((3, [0.1]), ([True], [0.1]), (["0"], [0.1]), ([0.2], [0.0])):
        with pytest.raises(UsageError, match="expected"):
            data.standardised_as({"mean": mean, "std": std})
