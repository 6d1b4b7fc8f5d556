"""Random streams with names: the same on every machine, and never one stream for two purposes."""

import hashlib
import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def stream_seed(purpose: str, *counters: int) -> int:
    """A 64-bit seed for one purpose and place, e.g. ("augment", seed, epoch, batch).

    A digest rather than a sum, so that neighbouring seeds and epochs do not share streams.
    """
    text = ":".join([purpose, *map(str, counters)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def permutation(count: int, purpose: str, *counters: int) -> Tensor:
    """A random order of 0 .. count-1: int64 (count,), on the CPU.

    The raw output of Philox is pinned by its definition; `Generator.permutation` may change between
    numpy versions. Sorting random 64-bit keys is an exact shuffle.

    >>> sorted(permutation(5, "order", 0, 0).tolist())
    [0, 1, 2, 3, 4]
    """
    keys = np.random.Philox(key=stream_seed(purpose, *counters)).random_raw(count)
    return torch.from_numpy(np.argsort(keys, kind="stable").astype(np.int64, copy=False))


def uniforms(shape: tuple[int, ...], purpose: str, *counters: int) -> NDArray[np.float64]:
    """Random numbers in [0, 1), float64 of `shape`: the upper 53 bits of the raw output of Philox.

    >>> float(uniforms((2, 2), "crop", 0, 0).max()) < 1
    True
    """
    raw = np.random.Philox(key=stream_seed(purpose, *counters)).random_raw(math.prod(shape))
    return (raw >> np.uint64(11)).astype(np.float64).reshape(shape) * 2.0**-53
