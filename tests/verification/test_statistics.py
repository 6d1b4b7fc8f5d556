import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import norm

from tombola.errors import UsageError
from tombola.verification import SUPERMASK, Trial, decide, paired
from tombola.verification.statistics import of_shares

# t quantiles at 0.975, from the tables: degrees of freedom -> quantile.
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 29: 2.045}

numbers = st.floats(-1e6, 1e6, allow_subnormal=False)
pairs = st.lists(st.tuples(numbers, numbers), min_size=2, max_size=12)


def interval(differences: list[float], **how: object) -> tuple[float, float]:
    found = paired(differences, [0.0] * len(differences), **how).interval  # type: ignore[arg-type]
    return found.low, found.high


@pytest.mark.parametrize("degrees", TABLE)
def test_the_t_interval_against_the_tables(degrees: int) -> None:
    n = degrees + 1
    differences = [float(index * index) for index in range(n)]
    mean = sum(differences) / n
    variance = sum((value - mean) ** 2 for value in differences) / degrees
    low, high = interval(differences)
    assert (low + high) / 2 == pytest.approx(mean)
    assert (high - low) / 2 == pytest.approx(TABLE[degrees] * math.sqrt(variance / n), rel=3e-4)


def test_a_case_by_hand() -> None:
    found = paired([5.0, 7.0, 9.0], [4.0, 4.0, 4.0])
    assert (found.n, found.mean_ticket, found.mean_control, found.difference) == (3, 7.0, 4.0, 3.0)
    quantile = 0.95 * math.sqrt(2 / (1 - 0.95**2))  # with 2 degrees of freedom
    half = quantile * 2 / math.sqrt(3)  # s = 2
    assert (found.interval.low, found.interval.high) == pytest.approx((3 - half, 3 + half), rel=1e-12)
    assert (found.interval.level, found.interval.method) == (0.95, "t")
    assert found.effect_size == pytest.approx(1.5)


def test_a_higher_level_is_wider() -> None:
    # One degree of freedom is a Cauchy distribution: its quantiles are tangents.
    for level in (0.5, 0.9, 0.99):
        half = math.tan(math.pi * level / 2)  # s/√n = √2/√2
        assert interval([1.0, 3.0], level=level) == pytest.approx((2 - half, 2 + half))


def exact_bca(differences: list[float], level: float) -> tuple[float, float]:
    """BCa from all n^n resamples, by Efron's formulas."""
    n, mean = len(differences), sum(differences) / len(differences)
    means = sorted(sum(chosen) / n for chosen in itertools.product(differences, repeat=n))
    below = sum((value < mean - 1e-12) + 0.5 * (abs(value - mean) <= 1e-12) for value in means)
    bias = norm.ppf(below / len(means))
    left_out = [(n * mean - value) / (n - 1) for value in differences]
    deviations = [sum(left_out) / n - value for value in left_out]
    acceleration = sum(d**3 for d in deviations) / (6 * sum(d**2 for d in deviations) ** 1.5)

    def end(probability: float) -> float:
        z = bias + norm.ppf(probability)
        adjusted = float(norm.cdf(bias + z / (1 - acceleration * z)))
        return float(np.quantile(means, adjusted))

    return end((1 - level) / 2), end((1 + level) / 2)


@pytest.mark.parametrize(
    "differences", [[0.0, 1.0, 2.5, 7.0, 3.0], [1.0, 1.1, 1.4, 0.2, 5.0], [-2.0, 3.0, 0.5, 0.1, 1.3, 0.9]]
)
def test_the_bootstrap_against_all_resamples(differences: list[float]) -> None:
    spread = max(differences) - min(differences)
    found = interval(differences, method="bootstrap")
    assert found == pytest.approx(exact_bca(differences, 0.95), abs=0.02 * spread)


def test_the_bootstrap_repeats_with_its_seed() -> None:
    differences = [0.0, 1.0, 2.5, 7.0, 3.0, 0.3]
    assert interval(differences, method="bootstrap") == interval(differences, method="bootstrap")
    others = {interval(differences, method="bootstrap", seed=seed) for seed in range(5)}
    assert len(others) > 1


@pytest.mark.parametrize("method", ["t", "bootstrap"])
@pytest.mark.parametrize(
    "values", [([0.9, 0.8, 0.7], [0.8, 0.7, 0.6]), ([2.0, 3.0], [1.0, 2.0]), ([0.0] * 4, [0.0] * 4)]
)
def test_equal_differences_give_an_interval_of_no_width(method: str, values: tuple[list[float], list[float]]) -> None:
    ticket, control = (2 * side for side in values)
    found = paired(ticket, control, method=method)
    assert found.interval.low == found.interval.high == found.difference
    assert found.effect_size is None


@given(pairs, st.floats(-1e6, 1e6))
def test_shifting_both_changes_nothing(values: list[tuple[float, float]], shift: float) -> None:
    first, second = zip(*values, strict=True)
    one = paired(first, second)
    other = paired([x + shift for x in first], [y + shift for y in second])
    scale = 1e-6 * (1 + max(abs(x - y) for x, y in values))
    assert other.difference == pytest.approx(one.difference, abs=scale)
    assert other.interval.low == pytest.approx(one.interval.low, abs=scale * 20)
    assert other.interval.high == pytest.approx(one.interval.high, abs=scale * 20)


whole = st.integers(-1000, 1000)


@given(st.lists(st.tuples(whole, whole), min_size=2, max_size=8), whole)
def test_shifting_both_changes_no_bootstrap(values: list[tuple[int, int]], shift: int) -> None:
    # Whole numbers, so that the differences are the same to the bit.
    first, second = zip(*values, strict=True)
    one = paired(first, second, method="bootstrap")
    other = paired([x + shift for x in first], [y + shift for y in second], method="bootstrap")
    assert (one.interval, one.difference) == (other.interval, other.difference)


@given(pairs)
def test_swapping_flips_the_sign(values: list[tuple[float, float]]) -> None:
    first, second = zip(*values, strict=True)
    one, other = paired(first, second), paired(second, first)
    assert other.difference == -one.difference
    assert (other.interval.low, other.interval.high) == (-one.interval.high, -one.interval.low)
    if one.effect_size is not None:
        assert other.effect_size == -one.effect_size


@given(pairs, st.sampled_from(["t", "bootstrap"]))
def test_every_interval_is_finite_and_holds_the_middle(values: list[tuple[float, float]], method: str) -> None:
    first, second = zip(*values, strict=True)
    found = paired(first, second, method=method)
    assert math.isfinite(found.interval.low)
    assert math.isfinite(found.interval.high)
    tolerance = 1e-9 * max(abs(x) + abs(y) for x, y in values)
    assert found.interval.low - tolerance <= found.difference <= found.interval.high + tolerance


@given(st.lists(st.floats(-10, 10), min_size=3, max_size=8), st.floats(0.01, 1000))
def test_another_unit_scales_the_interval(differences: list[float], factor: float) -> None:
    assume(np.ptp(differences) > 1e-6)
    low, high = interval(differences)
    scaled = interval([value * factor for value in differences])
    assert scaled == pytest.approx((low * factor, high * factor), rel=1e-6, abs=1e-9 * factor)


def test_the_t_interval_holds_the_truth_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(0.3, 2.0, size=(4000, 5))
    held = sum(low <= 0.3 <= high for low, high in (interval(list(row)) for row in draws))
    standard_error = math.sqrt(4000 * 0.95 * 0.05)
    assert abs(held - 0.95 * 4000) < 3 * standard_error


def test_pairs_take_the_differences_between_replicates_away() -> None:
    common = [10.0, 20.0, 30.0, 40.0]
    found = paired([value + 1 + index / 100 for index, value in enumerate(common)], common)
    assert found.interval.low > 0.9


@pytest.mark.parametrize(
    ("ticket", "control", "how", "message"),
    [
        ([1.0], [2.0], {}, "replicates=1: an interval needs 2 or more; run with replicates=5, say"),
        ([], [], {}, "replicates=0: an interval needs 2 or more"),
        ([1.0, 2.0], [1.0], {}, "2 values of the ticket and 1 of the control: expected as many"),
        ([1.0, math.nan], [1.0, 2.0], {}, "a value of the ticket is nan: expected finite numbers"),
        ([1.0, 2.0], [1.0, -math.inf], {}, "a value of the control is -inf: expected finite numbers"),
        ([1.0, 2.0], [1.0, 2.0], {"level": 95}, "level=95: expected a number between 0 and 1"),
        ([1.0, 2.0], [1.0, 2.0], {"method": "bayes"}, "unknown interval 'bayes'"),
    ],
)
def test_what_is_refused(ticket: list[float], control: list[float], how: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        paired(ticket, control, **how)  # type: ignore[arg-type]


@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from([50, 400]))
def test_shares_have_newcombes_interval(right: int, other: int, examples: int) -> None:
    from scipy.stats import binomtest

    p, q = right / examples, other / examples
    found = of_shares(p, q, examples, replicates=2, exact=False, level=0.95)
    first = binomtest(right, examples).proportion_ci(0.95, method="wilson")
    second = binomtest(other, examples).proportion_ci(0.95, method="wilson")
    low = (p - q) - ((p - first.low) ** 2 + (second.high - q) ** 2) ** 0.5
    high = (p - q) + ((first.high - p) ** 2 + (q - second.low) ** 2) ** 0.5
    assert [found.interval.low, found.interval.high] == pytest.approx([low, high], abs=1e-9)
    exact = of_shares(p, q, examples, replicates=2, exact=True, level=0.95)
    assert [exact.interval.low, exact.interval.high] == pytest.approx([first.low - q, first.high - q], abs=1e-9)


def test_what_no_replicate_changes_has_the_sampling_error_of_the_examples() -> None:
    same = [Trial(i, "ticket", 48 / 360, 2.0, None, 0.5, 50) for i in range(2)]
    flipped = [Trial(i, "flipped-signs", 47 / 360, 2.0, None, 0.5, 50) for i in range(2)]
    random = [Trial(i, "random-mask", 0.05 + i / 1000, 2.0, None, 0.5, 50) for i in range(2)]
    rows = {
        row.control: row for row in decide(SUPERMASK, [*same, *flipped, *random], chance=0.1, examples=360).evidence
    }
    assert rows["flipped-signs"].outcome == "undecided"
    assert rows["chance"].outcome == "open" or rows["chance"].paired.interval.low > 0  # type: ignore[union-attr]
    assert rows["chance"].paired is not None
    assert rows["chance"].paired.interval.method == "binomial"
    assert rows["random-mask"].paired is not None
    assert rows["random-mask"].paired.interval.method == "t"
