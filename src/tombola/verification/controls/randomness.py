"""Random numbers of the controls: the same on every machine and device, one stream a layer."""

import numpy as np
import torch
from torch import Tensor

from tombola.training import derive
from tombola.weights.bits import coins, stream


def control_seed(control: str, seed: int, of: str) -> int:
    """The seed of one control of one ticket.

    Args:
        control: its name.
        seed: the user's.
        of: digest of what is replaced, so that a control of a control under the same seed is
            another draw, not the same one again.
    """
    return derive(seed, f"control/{control}", of)


def permutation(seed: int, name: str, count: int) -> Tensor:
    """A random order of 0 … count − 1, int64: that of as many random 64-bit words.

    >>> permutation(0, "fc.weight", 5).sort().values.tolist()
    [0, 1, 2, 3, 4]
    """
    words = stream(seed, name, (count,)).random_raw(count)
    return torch.from_numpy(np.argsort(words, kind="stable"))


def coin_signs(seed: int, name: str, like: Tensor) -> Tensor:
    """+1 and −1 with equal chance, of the shape and type of `like`.

    >>> sorted(set(coin_signs(0, "fc.weight", torch.zeros(99)).tolist()))
    [-1.0, 1.0]
    """
    bits = coins(stream(seed, name, tuple(like.shape)), like.numel())
    return torch.from_numpy(bits).to(like.dtype).mul_(-2).add_(1).view(like.shape)
