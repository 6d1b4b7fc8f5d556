"""The levels of a run: how good each is, and how soon it stops."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.claims.published.number import ITERATIONS
from tombola.records import LevelRow, ResultFile
from tombola.records.run_record import RunRecord
from tombola.report.figures.over_density import DensityLine, DensityPoint, OverDensity, with_lines
from tombola.report.words import metric_words

AT_EARLY_STOP, AT_END = "at the early stop", "at the end of training"


@dataclass(frozen=True)
class LevelPoint:
    """One level; the values are of the split that the run was evaluated on.

    Attributes:
        early_stop_step: iteration of the lowest held-out loss, counted from the first of level 0.
        value: the metric at the early stop; `loss` the same.
        final: the metric at the end of training; `final_loss` the same.
    """

    level: int
    density: float
    kept: int
    prunable: int
    early_stop_step: int | None
    early_stop_epoch: float | None
    value: float
    loss: float | None
    final: float | None
    final_loss: float | None
    seconds: float | None


def level_points(record: RunRecord) -> tuple[LevelPoint, ...]:
    """One point a level, level 0 first; none for a method without levels."""
    return tuple(_point(record.result, row) for row in record.result.levels)


def level_curves(record: RunRecord) -> tuple[OverDensity, ...]:
    """The metric and the early-stop iteration over density; none where there are fewer than two densities."""
    points, result = level_points(record), record.result
    # Where training always stops at its end, the two lines are one.
    ended = points if any(point.final != point.value for point in points) else ()
    first = next((point for point in points if point.level == 0), None)
    metric = OverDensity(
        result.metric,
        f"{result.evaluated_on} {metric_words(result.metric)}",
        _lines((AT_EARLY_STOP, [(p, p.value) for p in points]), (AT_END, [(p, p.final) for p in ended])),
        None if first is None else _dense(first.value),
    )
    stop = OverDensity(
        ITERATIONS,
        "early-stop iteration",
        _lines((AT_EARLY_STOP, [(p, p.early_stop_step) for p in points])),
        None
        if first is None or first.early_stop_step is None
        else DensityPoint.single(1.0, 0, float(first.early_stop_step)),
    )
    return with_lines((metric, stop))


def _dense(value: float | None) -> DensityPoint | None:
    return None if value is None else DensityPoint.single(1.0, 0, float(value))


def _lines(*series: tuple[str, Iterable[tuple[LevelPoint, float | None]]]) -> tuple[DensityLine, ...]:
    found = (
        DensityLine(
            name,
            tuple(DensityPoint.single(p.density, p.level, float(value)) for p, value in values if value is not None),
            is_aside=name == AT_END,
        )
        for name, values in series
    )
    return tuple(line for line in found if line.points)


def _point(result: ResultFile, row: LevelRow) -> LevelPoint:
    split, metric = result.evaluated_on, result.metric
    value = _at_early_stop(result, row, metric)
    assert value is not None  # checked when the file was read
    return LevelPoint(
        row.level,
        row.density,
        row.kept,
        row.prunable,
        row.early_stop_step,
        row.early_stop_epoch,
        value,
        _at_early_stop(result, row, "loss"),
        row.measured(f"final_{split}_{metric}"),
        row.measured(f"final_{split}_loss"),
        row.seconds,
    )


def _at_early_stop(result: ResultFile, row: LevelRow, quantity: str) -> float | None:
    reported = row.measured(f"{result.evaluated_on}_{quantity}")
    if result.protocol == "paper" and row.early_stop_split == result.evaluated_on:
        # The paper's protocol reports the end of training; what it held out is what it reports on.
        stopped = row.measured(f"early_stop_{quantity}")
        return reported if stopped is None else stopped
    return reported
