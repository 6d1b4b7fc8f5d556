"""Whole draws, to the bit, against one number at a time in Python's floats."""

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tombola.weights.bits import stream
from tombola.weights.draws import normal, signed, uniform
from tombola.weights.normal import CENTRE, FAR_TAIL, TAIL, Polynomial, quantile

STDS = st.floats(1e-6, 1e3)


def slow_log(x: float) -> float:
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa, exponent = 2.0 * mantissa, exponent - 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    series = 0.0
    for odd in range(21, 0, -2):
        series = series * (s * s) + 1.0 / odd
    return exponent * 0.6931471805599453 + 2.0 * s * series


def slow_ratio(polynomials: tuple[Polynomial, Polynomial], x: float) -> float:
    over = under = 0.0
    for a, b in zip(*polynomials, strict=True):
        over, under = over * x + a, under * x + b
    return over / under


def slow_quantile(q: float) -> float:
    """AS 241 as published: a centre, a tail and a far tail."""
    if abs(q) <= 0.425:
        return q * slow_ratio(CENTRE, 0.180625 - q * q)
    r = math.sqrt(-slow_log(0.5 - abs(q)))
    z = slow_ratio(TAIL, r - 1.6) if r <= 5.0 else slow_ratio(FAR_TAIL, r - 5.0)
    return math.copysign(z, q)


def slow_centred(seed: int, size: int) -> list[float]:
    words = stream(seed, "w", (size,)).random_raw(size).tolist()
    return [((word >> 12) + 0.5) / 2**52 - 0.5 for word in words]


def float32(x: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", x))[0])


@given(st.integers(0, 2**64 - 1), STDS)
def test_normal(seed: int, std: float) -> None:
    expected = [float32(slow_quantile(q) * std) for q in slow_centred(seed, 40)]
    assert normal(stream(seed, "w", (40,)), 40, std).tolist() == expected


@given(st.integers(0, 2**64 - 1), STDS)
def test_uniform(seed: int, std: float) -> None:
    expected = [float32(q * (2.0 * (math.sqrt(3.0) * std))) for q in slow_centred(seed, 40)]
    assert uniform(stream(seed, "w", (40,)), 40, std).tolist() == expected


@given(st.integers(0, 2**64 - 1), STDS)
def test_signed(seed: int, std: float) -> None:
    words = stream(seed, "w", (70,)).random_raw(2).tolist()
    expected = [float32(-std if words[i // 64] >> i % 64 & 1 else std) for i in range(70)]
    assert signed(stream(seed, "w", (70,)), 70, std).tolist() == expected


@pytest.mark.parametrize("power", range(2, 54))
def test_every_branch_of_the_quantile(power: int) -> None:
    q = 0.5 - 2.0**-power
    assert quantile(np.array([q, -q])).tolist() == [slow_quantile(q), slow_quantile(-q)]
