"""How far a ticket is ahead of a control, with an interval: paired differences over replicates."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from tombola.errors import UsageError, unknown_name

Values = NDArray[np.float64]

RESAMPLES = 9999
ROUNDING = 8 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class Interval:
    """A confidence interval of a mean.

    Args:
        low, high: its ends.
        level: in how many of 100 repetitions of everything such an interval holds the mean, over 100.
        method: `t`, `bootstrap` or `binomial`.
    """

    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True)
class Paired:
    """What n paired replicates say.

    Args:
        n: number of pairs.
        mean_ticket, mean_control: over the replicates.
        difference: mean of ticket − control.
        interval: of the difference.
        effect_size: Cohen's d_z, the mean over the standard deviation of the differences; None
            where they do not vary.
    """

    n: int
    mean_ticket: float
    mean_control: float
    difference: float
    interval: Interval
    effect_size: float | None


def paired(
    ticket: Sequence[float], control: Sequence[float], *, level: float = 0.95, method: str = "t", seed: int = 0
) -> Paired:
    r"""Mean of the differences $d_i = x_i - y_i$ of paired replicates, and its interval.

    `t`: $\bar d \pm t_{(1 + level)/2,\, n - 1} \, s / \sqrt n$, exact for normal differences.
    `bootstrap`: bias-corrected and accelerated, for many replicates that are far from normal; with
    fewer than about 10 it is too narrow. Differences that are all equal give an interval of no width.

    Args:
        ticket: one value a replicate.
        control: the same replicates' values, in the same order.
        level: of the interval, in (0, 1).
        method: `t` or `bootstrap`.
        seed: of the bootstrap's resamples.

    Raises:
        UsageError: for fewer than two pairs, lists of different length, or numbers that are not finite.

    Source: Student 1908; Efron 1987, Better bootstrap confidence intervals.

    >>> found = paired([0.98, 0.97, 0.99], [0.95, 0.95, 0.95])
    >>> round(found.difference, 3), round(found.interval.low, 3), round(found.interval.high, 3)
    (0.03, 0.005, 0.055)
    """
    if method not in METHODS:
        raise unknown_name("interval", method, METHODS)
    if not 0 < level < 1:
        raise UsageError(f"level={level}: expected a number between 0 and 1, such as 0.95")
    first, second = _checked(ticket, control)
    differences = first - second
    mean, deviation = float(differences.mean()), _deviation(differences, first, second)
    # In units of the deviation, tiny and huge differences are treated alike.
    low, high = METHODS[method]((differences - mean) / deviation, level, seed) if deviation else (0.0, 0.0)
    return Paired(
        n=len(differences),
        mean_ticket=float(first.mean()),
        mean_control=float(second.mean()),
        difference=mean,
        interval=Interval(mean + deviation * low, mean + deviation * high, level, method),
        effect_size=mean / deviation if deviation else None,
    )


def of_shares(ticket: float, control: float, examples: int, *, replicates: int, exact: bool, level: float) -> Paired:
    r"""The difference of two shares of examples that are the same in every replicate, with its sampling error.

    Where nothing is drawn anew, replicates say nothing of chance: what is left is that other examples would
    have been read otherwise. Wilson's interval of each share, $[l_i, u_i]$, and Newcombe's of the difference:
    $d - \sqrt{(p_1 - l_1)^2 + (u_2 - p_2)^2}$ to $d + \sqrt{(u_1 - p_1)^2 + (p_2 - l_2)^2}$. Both networks read
    the same examples, which makes it wider than it need be.

    Args:
        ticket, control: the shares, in [0, 1].
        examples: of which they are shares.
        replicates: that gave them.
        exact: whether the control's is known without error, as chance is.
        level: of the interval.

    Source: Newcombe 1998, Statistics in Medicine 17, method 10.

    >>> found = of_shares(0.9, 0.1, 100, replicates=2, exact=True, level=0.95)
    >>> round(found.interval.low, 3), round(found.interval.high, 3)
    (0.726, 0.845)
    """
    z = float(stats.norm.ppf((1 + level) / 2))
    low, high = _wilson(ticket, examples, z)
    other_low, other_high = (control, control) if exact else _wilson(control, examples, z)
    difference = ticket - control
    ends = (
        difference - math.hypot(ticket - low, other_high - control),
        difference + math.hypot(high - ticket, control - other_low),
    )
    return Paired(replicates, ticket, control, difference, Interval(*ends, level, "binomial"), None)


def _wilson(share: float, examples: int, z: float) -> tuple[float, float]:
    scale = 1 + z * z / examples
    centre = (share + z * z / (2 * examples)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / examples + z * z / (4 * examples * examples))
    return centre - half, centre + half


def _t(standardised: Values, level: float, _seed: int) -> tuple[float, float]:
    n = len(standardised)
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) / math.sqrt(n)
    return -half, half


def _bootstrap(standardised: Values, level: float, seed: int) -> tuple[float, float]:
    found = stats.bootstrap(
        (standardised,),
        _rounded_mean,
        n_resamples=RESAMPLES,
        confidence_level=level,
        method="BCa",
        random_state=np.random.default_rng(seed),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _rounded_mean(standardised: Values, axis: int = -1) -> Values:
    # BCa counts the resamples whose mean equals that of the data: rounding must not part them.
    return np.asarray(standardised.mean(axis=axis).round(12))


METHODS: dict[str, Callable[[Values, float, int], tuple[float, float]]] = {"t": _t, "bootstrap": _bootstrap}


def _checked(ticket: Sequence[float], control: Sequence[float]) -> tuple[Values, Values]:
    first, second = np.asarray(ticket, np.float64), np.asarray(control, np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise UsageError(
            f"{first.size} values of the ticket and {second.size} of the control: expected as many, one a replicate"
        )
    if len(first) < 2:
        raise UsageError(f"replicates={len(first)}: an interval needs 2 or more; run with replicates=5, say")
    for name, values in (("ticket", first), ("control", second)):
        if not np.isfinite(values).all():
            bad = values[~np.isfinite(values)][0]
            raise UsageError(f"a value of the {name} is {bad}: expected finite numbers")
    return first, second


def _deviation(differences: Values, first: Values, second: Values) -> float:
    """The standard deviation, n − 1; exactly 0 where the differences vary by rounding alone."""
    magnitude = max(float(np.abs(first).max()), float(np.abs(second).max()))
    if float(np.ptp(differences)) <= ROUNDING * magnitude:
        return 0.0
    return float(differences.std(ddof=1))
