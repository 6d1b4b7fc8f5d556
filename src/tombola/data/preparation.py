"""From a raw batch to network input, in few tensor operations, on the device the batch is on."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Generator, Tensor

from tombola.data.augment import crop, draw_flips, draw_offsets, flip
from tombola.errors import DataError, UsageError


@dataclass(frozen=True)
class Preparation:
    """Raw batch to network input: x -> (x / 255 - mean) / std for uint8, augmented first in training.

    Images come out float32 and channels_last. What is not uint8 (features, token ids, images that
    are floats already) keeps its values and its dtype and is never augmented.

    Args:
        mean: per channel (or one for all) of inputs scaled to [0, 1]; empty: no normalisation.
        std: likewise, each above 0.
        crop_padding: pixels of zeros on every side before a random crop to the old size.
        flip: mirror left and right, each image with chance one half.
        resized_crop: of images that are read when needed, a random part brought to their size: it
            happens as they are decoded. Without effect on images in memory.

    Raises:
        UsageError: where mean and std are of different length, or a value is not a usable number.

    >>> batch = torch.tensor([[0, 255]], dtype=torch.uint8)
    >>> Preparation()(batch)
    tensor([[0., 1.]])
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    crop_padding: int = 0
    flip: bool = False
    resized_crop: bool = False

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.std):
            raise UsageError(f"{len(self.mean)} means and {len(self.std)} deviations: expected one of each per channel")
        if not all(map(math.isfinite, self.mean)) or not all(0 < std < math.inf for std in self.std):
            raise UsageError(f"mean={self.mean}, std={self.std}: expected finite numbers, deviations above 0")
        if self.crop_padding < 0:
            raise UsageError(f"crop_padding={self.crop_padding}: expected 0 or more pixels")

    @property
    def augments(self) -> bool:
        """Whether training batches differ from evaluation batches."""
        return self.crop_padding > 0 or self.flip or self.resized_crop

    def not_augmented(self) -> "Preparation":
        """The same without anything random: what evaluation batches get, for training batches too."""
        return replace(self, crop_padding=0, flip=False, resized_crop=False)

    def __call__(self, inputs: Tensor, generator: Generator | None = None) -> Tensor:
        """Prepare a batch.

        Args:
            inputs: (B, ...), raw, on any device.
            generator: given: augment for training, drawing from it; None: evaluation. One on the
                CPU draws the same augmentation whatever device the batch is on.

        Raises:
            DataError: where the images have another number of channels than mean and std.
        """
        if inputs.dtype != torch.uint8:
            is_images = inputs.dim() == 4 and inputs.is_floating_point()
            return inputs.contiguous(memory_format=torch.channels_last) if is_images else inputs
        if inputs.dim() != 4:
            return self._scaled(inputs)
        images = inputs.permute(0, 2, 3, 1).contiguous()
        if generator is not None:
            images = self._augmented(images, generator)
        return self._scaled(images).permute(0, 3, 1, 2)

    def _augmented(self, images: Tensor, generator: Generator) -> Tensor:
        if self.crop_padding:
            images = crop(images, self.crop_padding, draw_offsets(len(images), self.crop_padding, generator))
        if self.flip:
            images = flip(images, draw_flips(len(images), generator))
        return images

    def _scaled(self, inputs: Tensor) -> Tensor:
        scale, shift = _affine(self.mean, self.std, inputs.shape[1:], inputs.device)
        # One fused multiply-add over whole examples: a factor per channel would make an inner loop of C.
        return torch.addcmul(shift, inputs.flatten(1).float(), scale).view(inputs.shape)


@lru_cache(maxsize=32)
def _affine(
    mean: tuple[float, ...], std: tuple[float, ...], shape: torch.Size, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Factor and addend for every element of an example of `shape`, channels last."""
    if len(mean) > 1 and shape[-1:] != (len(mean),):
        raise DataError(f"examples of {shape[-1:].numel()} channels: expected {len(mean)}, as mean={mean} has")
    mean, std = mean or (0.0,), std or (1.0,)
    repeats = shape.numel() // len(mean)
    scale = torch.tensor([1 / (255 * s) for s in std], device=device).repeat(repeats)
    shift = torch.tensor([-m / s for m, s in zip(mean, std, strict=True)], device=device).repeat(repeats)
    return scale, shift
