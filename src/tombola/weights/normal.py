"""The normal quantile in nothing but IEEE + - * / and sqrt, so its bits are the same everywhere.

Library logarithms and error functions differ in the last bit between processors and versions;
these four operations and the square root are correctly rounded on all of them.

Source: M. J. Wichura, Algorithm AS 241: The percentage points of the normal distribution
(Applied Statistics 37, 1988), PPND16; highest power first below.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Polynomial: TypeAlias = tuple[float, ...]

# fmt: off
CENTRE: tuple[Polynomial, Polynomial] = (
    (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
     1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0),
    (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
     5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0),
)
TAIL: tuple[Polynomial, Polynomial] = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)
FAR_TAIL: tuple[Polynomial, Polynomial] = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)
# fmt: on

LN2 = 0.6931471805599453
SQRT_HALF = 0.7071067811865476
# log((1+s)/(1-s)) / 2s = 1 + s²/3 + s⁴/5 + …: with |s| <= 0.1716 the first term left out is below 1e-17.
ATANH: Polynomial = tuple(1.0 / odd for odd in range(21, 0, -2))


def quantile(q: Array) -> Array:
    """z with Φ(z) = 1/2 + q, to 1e-15 relative; quantile(-q) = -quantile(q) to the bit.

    Args:
        q: probabilities less one half, in (-1/2, 1/2).

    >>> quantile(np.array([-0.475, 0.0, 0.475])).round(6).tolist()
    [-1.959964, 0.0, 1.959964]
    """
    z = q * _ratio(CENTRE, 0.180625 - q * q)
    outside = np.flatnonzero(np.abs(q) > 0.425)
    z[outside] = np.copysign(_tail(0.5 - np.abs(q[outside])), q[outside])
    return z


def log(x: Array) -> Array:
    """The natural logarithm of positive normal numbers, by x = m·2^e and the series of atanh.

    >>> log(np.array([1.0, 8.0])).round(12).tolist()
    [0.0, 2.07944154168]
    """
    mantissa, exponent = np.frexp(x)
    low = mantissa < SQRT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    return (exponent - low) * LN2 + 2.0 * s * _horner(ATANH, s * s)


def _tail(p: Array) -> Array:
    r = np.sqrt(-log(p))
    z = _ratio(TAIL, r - 1.6)
    far = np.flatnonzero(r > 5.0)
    z[far] = _ratio(FAR_TAIL, r[far] - 5.0)
    return z


def _ratio(polynomials: tuple[Polynomial, Polynomial], x: Array) -> Array:
    over, under = polynomials
    return _horner(over, x) / _horner(under, x)


def _horner(coefficients: Polynomial, x: Array) -> Array:
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total
