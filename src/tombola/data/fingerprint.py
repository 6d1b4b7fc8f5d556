"""The identity of a data set's content: the same for the same values, wherever they came from."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor

from tombola.data.examples import Examples


def fingerprint(splits: Mapping[str, Examples]) -> str:
    """SHA-256 over names, dtypes, shapes and values of the content of all splits, as 64 hexadecimal digits.

    Of a split in memory that is every input and every target. Images (four dimensions) are read
    channels last, the order they lie in; the memory layout of a tensor does not matter.

    Of images that are read when needed it is every target, the number of encoded bytes of every
    image, and the bytes themselves of 256 images of each split at even distances: nothing is decoded. An
    image between those that was replaced by one of exactly as many bytes is not noticed. Names of
    files are not part of it, so a folder and a Parquet file of the same images in the same order agree.
    """
    digest = hashlib.sha256()
    for name in sorted(splits):
        for part, tensor in splits[name].content.items():
            digest.update(f"{name}.{part}:{tensor.dtype}:{tuple(tensor.shape)};".encode())
            digest.update(_bytes(stored(tensor)))
    return digest.hexdigest()


def stored(tensor: Tensor) -> Tensor:
    """The contiguous form on the CPU that is hashed and cached: channels last where there are four dimensions."""
    plain = tensor.detach().cpu()
    return (plain.permute(0, 2, 3, 1) if plain.dim() == 4 else plain).contiguous()


def restored(tensor: Tensor) -> Tensor:
    """The inverse of `stored`: (N, C, H, W) again, without a copy."""
    return tensor.permute(0, 3, 1, 2) if tensor.dim() == 4 else tensor


def _bytes(tensor: Tensor) -> memoryview:
    return tensor.flatten().view(torch.uint8).numpy().data
