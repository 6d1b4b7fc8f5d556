"""Tensors as values: copies that share nothing, their bytes, and the hash of named tensors."""

import hashlib
import sys
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import UsageError

# The types a ticket can hold, by their safetensors names.
DTYPES: dict[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U64": torch.uint64,
    "U32": torch.uint32,
    "U16": torch.uint16,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
CODES = {dtype: code for code, dtype in DTYPES.items()}


def own(name: str, tensor: Tensor) -> Tensor:
    """A detached, contiguous copy on the CPU, sharing no memory with `tensor`.

    Raises:
        UsageError: where a ticket cannot hold its type or layout, or it has no values yet.
    """
    return holdable(name, tensor).detach().cpu().clone(memory_format=torch.contiguous_format)


def holdable(name: str, tensor: Tensor) -> Tensor:
    """The tensor itself, where a ticket can hold its like.

    Raises:
        UsageError: where it cannot hold its type or layout, or it has no values yet.

    >>> holdable("bias", torch.zeros(2))
    tensor([0., 0.])
    """
    if not isinstance(tensor, Tensor) or tensor.layout is not torch.strided or tensor.is_meta:
        raise UsageError(f"{name!r}: expected an ordinary dense tensor with values, got {type(tensor).__name__}")
    if tensor.dtype not in CODES:
        raise UsageError(f"{name!r} is {tensor.dtype}: a ticket holds {', '.join(map(str, CODES))}")
    return tensor


def little_endian(tensor: Tensor) -> NDArray[np.uint8]:
    """The bytes of a contiguous tensor, on any device, in index order, each number little-endian.

    >>> little_endian(torch.tensor([1, 256], dtype=torch.int16)).tolist()
    [1, 0, 0, 1]
    """
    if not tensor.numel():  # an empty tensor's strides may be anything
        return np.empty(0, dtype=np.uint8)
    flat = tensor.cpu().reshape(-1).view(torch.uint8).numpy()
    if sys.byteorder == "little":
        return flat
    return flat.reshape(-1, tensor.element_size())[:, ::-1].reshape(-1)


def named_digest(title: str, tensors: Iterable[tuple[str, Tensor]]) -> bytes:
    """sha256 of the title, then of each tensor: "{bytes of name} {type} {d0xd1…}\\n", name, values.

    Raises:
        UsageError: where a ticket can hold no such tensor.
    """
    sha = hashlib.sha256(f"{title}\n".encode())
    for name, tensor in tensors:
        written = name.encode()
        sha.update(
            f"{len(written)} {CODES[holdable(name, tensor).dtype]} {'x'.join(map(str, tensor.shape))}\n".encode()
        )
        sha.update(written)
        sha.update(little_endian(tensor).data)
    return sha.digest()
