"""The quantile against scipy's, against Python's own, and against a log of the library."""

import math
from statistics import NormalDist

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from tombola.weights.normal import log, quantile

# The numbers that `centred` can give: odd multiples of 2^-53 in (-1/2, 1/2).
CENTRED = st.integers(-(2**51), 2**51 - 1).map(lambda k: (2 * k + 1) / 2**53)


def test_agrees_with_scipy_over_the_whole_range() -> None:
    q = np.concatenate([np.arange(-(2**19) + 1, 2**19) / 2.0**20, 0.5 - 2.0 ** -np.arange(2.0, 54.0)])
    lower = -np.abs(q[q != 0])
    got, expected = quantile(lower), ndtri(0.5 + lower)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=0)


@given(CENTRED)
def test_agrees_with_the_standard_library(q: float) -> None:
    # 0.5 - |q| is exact where 0.5 + |q| may not be.
    expected = (
        -math.copysign(NormalDist().inv_cdf(0.5 - abs(q)), -q) if abs(q) > 0.25 else NormalDist().inv_cdf(0.5 + q)
    )
    assert math.isclose(quantile(np.array([q]))[0], math.copysign(expected, q), rel_tol=1e-13, abs_tol=1e-15)


@given(CENTRED)
def test_is_odd_to_the_bit(q: float) -> None:
    there, back = quantile(np.array([q, -q])).tolist()
    assert there == -back


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_log(x: float) -> None:
    assert math.isclose(log(np.array([x]))[0], math.log(x), rel_tol=1e-14, abs_tol=1e-16)


def test_is_the_same_whatever_the_neighbours() -> None:
    q = (np.arange(1, 4096) / 4096) - 0.5
    together = quantile(q)
    for step in (1, 2, 3, 5, 8):
        alone = np.concatenate([quantile(q[start : start + step]) for start in range(0, 400, step)])
        np.testing.assert_array_equal(alone[:400], together[: len(alone[:400])])
