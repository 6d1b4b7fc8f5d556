"""Uniform numbers, one a weight, that depend on seed, name and shape alone."""

import math

import numpy as np
import torch
from torch import Tensor

from tombola.subnetwork import Layout
from tombola.weights.bits import stream


def uniform_draws(layout: Layout, seed: int) -> Tensor:
    """Flat float32 numbers in [0, 1), multiples of 2^-24; the same on every machine, device and version.

    Args:
        layout: of the weights.
        seed: which draw, 0 <= seed < 2^64.

    >>> uniform_draws(Layout(("w",), ((3,),)), seed=0) < 1.0
    tensor([True, True, True])
    """
    return layout.fill(lambda name, shape: _uniform(seed, name, shape))


def _uniform(seed: int, name: str, shape: tuple[int, ...]) -> Tensor:
    # The top 24 bits of a word: every such number is a float32, so none is rounded up to 1.
    words = stream(seed, name, shape).random_raw(math.prod(shape)) >> np.uint64(40)
    return torch.from_numpy(words.astype(np.float32).reshape(shape)) * 2.0**-24
