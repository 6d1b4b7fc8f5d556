import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tombola.data import Preparation
from tombola.errors import DataError, UsageError

COLOUR = Preparation((0.491, 0.482, 0.447), (0.247, 0.243, 0.262))


def images(count: int, channels: int, height: int = 6, width: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, channels, height, width), generator=generator, dtype=torch.uint8)


@given(st.integers(1, 4), st.booleans())
def test_images_are_scaled_and_normalised_per_channel(count: int, channels_last: bool) -> None:
    raw = images(count, 3)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    got = COLOUR(raw.contiguous(memory_format=layout))
    mean, std = (np.array(values).reshape(1, 3, 1, 1) for values in (COLOUR.mean, COLOUR.std))
    np.testing.assert_allclose(got.numpy(), (raw.numpy() / 255 - mean) / std, rtol=1e-5, atol=1e-5)
    assert got.dtype == torch.float32
    assert got.is_contiguous(memory_format=torch.channels_last)


def test_without_mean_pixels_lie_between_0_and_1() -> None:
    raw = images(2, 1)
    np.testing.assert_allclose(Preparation()(raw).numpy(), raw.numpy() / 255, rtol=1e-6)


def test_one_mean_serves_all_channels_and_flat_pixels() -> None:
    half = Preparation((0.5,), (0.5,))
    raw = images(2, 3)
    np.testing.assert_allclose(half(raw).numpy(), raw.numpy() / 127.5 - 1, atol=1e-6)
    np.testing.assert_allclose(half(raw.flatten(1)).numpy(), raw.flatten(1).numpy() / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.float32, torch.float64, torch.bfloat16])
def test_what_is_not_uint8_passes_through(dtype: torch.dtype) -> None:
    values = torch.arange(6).view(3, 2).to(dtype)
    for generator in (None, torch.Generator()):
        assert Preparation((0.5,), (0.5,), 4, True)(values, generator) is values


def test_float_images_keep_their_values_and_become_channels_last() -> None:
    values = torch.rand(2, 3, 4, 5)
    got = COLOUR(values)
    assert torch.equal(got, values)
    assert got.is_contiguous(memory_format=torch.channels_last)


def test_padding_is_black_before_normalising() -> None:
    white = torch.full((64, 3, 8, 8), 255, dtype=torch.uint8)
    moved = Preparation(COLOUR.mean, COLOUR.std, crop_padding=4)(white, torch.Generator().manual_seed(1))
    for channel, (mean, std) in enumerate(zip(COLOUR.mean, COLOUR.std, strict=True)):
        assert moved[:, channel].unique().tolist() == pytest.approx([(0 - mean) / std, (1 - mean) / std], abs=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_augmented_images_are_crops_of_the_image_or_its_mirror(seed: int) -> None:
    raw = images(5, 3)
    got = Preparation(crop_padding=2, flip=True)(raw, torch.Generator().manual_seed(seed)).mul(255).round()
    for index in range(5):
        padded = np.pad(raw[index].numpy(), ((0, 0), (2, 2), (2, 2)))
        crops = [padded[:, row : row + 6, column : column + 5] for row in range(5) for column in range(5)]
        assert any((got[index].numpy() == c).all() or (got[index].numpy() == c[:, :, ::-1]).all() for c in crops)


def test_evaluation_does_not_augment_and_the_generator_decides() -> None:
    prepare, raw = Preparation(crop_padding=2, flip=True), images(8, 1)
    assert torch.equal(prepare(raw), Preparation()(raw))
    first, again, other = (prepare(raw, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_raw_batch_is_left_alone() -> None:
    raw = images(8, 3).contiguous(memory_format=torch.channels_last)
    before = raw.clone()
    Preparation(flip=True)(raw, torch.Generator().manual_seed(0))
    assert torch.equal(raw, before)


def test_it_works_inside_inference_mode_and_after() -> None:
    prepare = Preparation((0.25,), (0.125,))
    with torch.inference_mode():
        inside = prepare(images(2, 1, 3, 3))
    layer = torch.nn.Conv2d(1, 1, 3)
    outside = prepare(images(2, 1, 3, 3))
    layer(outside).sum().backward()
    assert torch.equal(inside, outside)


@pytest.mark.parametrize(
    "arguments",
    [((0.5,), ()), ((0.5,), (0.0,)), ((0.5,), (float("nan"),)), ((float("inf"),), (1.0,)), ((), (), -1)],
)
def test_unusable_values_are_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(UsageError, match="expected"):
        Preparation(*arguments)  # type: ignore[arg-type]


def test_another_number_of_channels_is_refused() -> None:
    with pytest.raises(DataError, match="examples of 1 channels: expected 3"):
        COLOUR(images(2, 1))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_augmentation_is_the_same_on_a_gpu() -> None:
    prepare, raw = Preparation(COLOUR.mean, COLOUR.std, 4, True), images(64, 3, 32, 32)
    here = prepare(raw, torch.Generator().manual_seed(3))
    there = prepare(raw.to("cuda"), torch.Generator().manual_seed(3))
    assert there.is_cuda
    torch.testing.assert_close(there.cpu(), here)
