"""How numbers are written on figures and pages."""

import math

_UNITS = ("B", "kB", "MB", "GB", "TB")


def in_range(value: float) -> float:
    """The number as a float; a whole number that no float can hold is infinite, since files may say anything.

    >>> in_range(3), in_range(-(10**400))
    (3.0, -inf)
    """
    try:
        return 1.0 * value
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_share(metric: str) -> bool:
    """Whether a metric is a fraction of the examples and so reads best as a percentage."""
    return metric.lower().rsplit("_", 1)[-1] in {"accuracy", "acc", "top1", "top5"}


def metric_text(metric: str, value: float) -> str:
    """A metric's value as a reader expects it.

    >>> metric_text("accuracy", 0.96523)
    '96.52%'
    >>> metric_text("mae", 12.34567)
    '12.35'
    """
    value = in_range(value)
    return f"{value:.2%}" if is_share(metric) else f"{value:.4g}"


def difference_text(metric: str, value: float) -> str:
    """A signed difference of two values of a metric, in percentage points for a share, with a true minus sign.

    >>> difference_text("accuracy", -0.0123)
    '−1.23'
    """
    value = in_range(value)
    text = f"{100 * value:+.2f}" if is_share(metric) else f"{value:+.4g}"
    return text.replace("-", "\N{MINUS SIGN}", 1)


def loss_text(value: float) -> str:
    """A loss with three decimals, so that a column lines up; very large and very small ones otherwise.

    >>> [loss_text(value) for value in (0.06605, 3.0, 0.0, 12345.678)]
    ['0.066', '3.000', '0.000', '1.235e+04']
    """
    value = in_range(value)
    return f"{value:.3f}" if _is_plain(value) else f"{value:.4g}"


def _is_plain(loss: float) -> bool:
    return loss == 0 or 0.001 <= abs(loss) < 1000


def metric_words(metric: str) -> str:
    """A metric's name in plain words.

    >>> metric_words("mean_absolute_error")
    'mean absolute error'
    """
    return metric.replace("_", " ").strip() or metric


def epoch_text(epoch: float) -> str:
    """An epoch: a whole one as it is, a fraction to a tenth, or to two digits before the first is over.

    >>> [epoch_text(epoch) for epoch in (6, 2.2727, 54.54, 0.0109, 3.0)]
    ['6', '2.3', '54.5', '0.011', '3']
    """
    if math.isfinite(epoch := in_range(epoch)) and epoch == int(epoch):
        return str(int(epoch))
    return f"{epoch:.1f}" if epoch >= 1 else f"{epoch:.2g}"


def density_text(density: float) -> str:
    """A density to three digits, without zeros at the end.

    >>> [density_text(density) for density in (1.0, 0.5, 0.21099, 0.0361)]
    ['1', '0.5', '0.211', '0.0361']
    """
    return f"{in_range(density):.3g}"


def measure_text(measure: str, value: float) -> str:
    """A value of anything that networks are compared by: a metric, `loss` or `iterations`.

    >>> measure_text("accuracy", 0.98), measure_text("loss", 0.0712), measure_text("iterations", 5600.4)
    ('98.00%', '0.071', '5,600')
    """
    if measure == "iterations":
        return f"{in_range(value):,.0f}"
    return loss_text(value) if measure == "loss" else metric_text(measure, value)


def gap_text(measure: str, value: float) -> str:
    """A signed difference of such values.

    >>> gap_text("accuracy", 0.002), gap_text("iterations", -1240.2), gap_text("iterations", 0.0)
    ('+0.20', '−1,240', '0')
    """
    if measure not in ("iterations", "loss"):
        return difference_text(measure, value)
    digits = 0 if measure == "iterations" else 3 if abs(value) >= 0.001 else 5
    text = f"{in_range(value):+,.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}", 1) if float(text.replace(",", "")) else "0"


def mean_text(measure: str, mean: float, deviation: float | None) -> str:
    """A mean of such values, and its standard deviation where there is one: of a share in percentage points.

    >>> mean_text("accuracy", 0.9712, 0.0012), mean_text("loss", 0.1, None), mean_text("loss", 2.3026, 1e-6)
    ('97.12% ± 0.12', '0.100', '2.303 ± 0.000')
    """
    text = measure_text(measure, mean)
    return text if deviation is None else f"{text} ± {_deviation_text(measure, in_range(mean), in_range(deviation))}"


def _deviation_text(measure: str, mean: float, deviation: float) -> str:
    if is_share(measure):
        return f"{100 * deviation:.2f}"
    as_the_mean = measure == "loss" and _is_plain(mean) and deviation < 1000
    return f"{deviation:.3f}" if as_the_mean else measure_text(measure, deviation)


def bytes_text(count: float) -> str:
    """A size in decimal units with three significant digits.

    >>> bytes_text(1_064_800)
    '1.06 MB'
    >>> bytes_text(36_000)
    '36.0 kB'
    >>> bytes_text(999_999)
    '1.00 MB'
    """
    count, power = in_range(count), 0
    while count >= 999.5 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    if power == 0:
        return f"{count:.0f} {_UNITS[0]}"
    digits = 2 if count < 9.995 else 1 if count < 99.95 else 0
    return f"{count:.{digits}f} {_UNITS[power]}"


def seconds_text(seconds: float) -> str:
    """A duration in the unit that reads best.

    >>> [seconds_text(value) for value in (0.0012, 9.1, 754, 8000)]
    ['1.2 ms', '9.1 s', '12 min 34 s', '2 h 13 min']
    """
    if not math.isfinite(seconds := in_range(seconds)):
        return f"{seconds} s"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.2g} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
