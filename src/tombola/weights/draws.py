"""The shapes of distribution: normal, uniform, one of two values, all with mean 0 and `std` given; and one value.

Each is computed in double precision and rounded once to float32.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tombola.weights.bits import centred, coins
from tombola.weights.normal import quantile

SQRT3 = math.sqrt(3.0)


def normal(bits: np.random.Philox, size: int, std: float) -> NDArray[np.float32]:
    """std · Φ⁻¹(1/2 + q) for uniform q in (-1/2, 1/2)."""
    values = np.empty(size, np.float32)
    for place, q in centred(bits, size):
        values[place] = quantile(q) * std
    return values


def uniform(bits: np.random.Philox, size: int, std: float) -> NDArray[np.float32]:
    """2·√3·std · q for uniform q in (-1/2, 1/2): uniform between ±√3·std."""
    values = np.empty(size, np.float32)
    width = 2.0 * (SQRT3 * std)
    for place, q in centred(bits, size):
        values[place] = q * width
    return values


def signed(bits: np.random.Philox, size: int, std: float) -> NDArray[np.float32]:
    """+std where the random bit is 0, -std where it is 1."""
    # The random bit becomes the sign bit of the float.
    pattern = coins(bits, size).astype(np.uint32)
    pattern <<= np.uint32(31)
    pattern |= np.float32(std).view(np.uint32)
    return pattern.view(np.float32)


def equal(bits: np.random.Philox, size: int, std: float) -> NDArray[np.float32]:  # noqa: ARG001
    """+std everywhere: nothing is drawn."""
    return np.full(size, std, np.float32)
