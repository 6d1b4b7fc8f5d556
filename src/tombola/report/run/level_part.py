"""The levels of a run on its page: charts, their legend, a table and a sentence."""

from dataclasses import dataclass

from tombola.records.run_record import RunRecord
from tombola.report.drawings import PAGE, Stroke, level_strokes
from tombola.report.figures import LevelPoint, level_curves, level_points
from tombola.report.panels import Panel, over_density_panel
from tombola.report.words import density_text, gap_text, is_share, loss_text, measure_text, metric_words


@dataclass(frozen=True)
class LevelLine:
    """One row of the table; the cells are density, kept, early stop, the metric there and at the end, and the loss."""

    level: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class LevelPart:
    """What a page says of levels."""

    sentence: str
    split: str
    metric: str
    strokes: tuple[Stroke, ...]
    panels: tuple[Panel, ...]
    rows: tuple[LevelLine, ...]


def level_part(record: RunRecord) -> LevelPart | None:
    """The levels of a run, ready for the page; None for a method without."""
    points, result, figures = level_points(record), record.result, level_curves(record)
    if not points:
        return None
    return LevelPart(
        _sentence(record, points),
        result.evaluated_on,
        result.metric,
        level_strokes(figures, PAGE),
        tuple(over_density_panel(figure, points, "levels.csv") for figure in figures),
        tuple(_line(result.metric, point) for point in points),
    )


def _line(metric: str, point: LevelPoint) -> LevelLine:
    cells = (
        density_text(point.density),
        f"{point.kept:,}",
        "–" if point.early_stop_step is None else f"{point.early_stop_step:,}",
        measure_text(metric, point.value),
        "–" if point.final is None else measure_text(metric, point.final),
        "–" if point.loss is None else loss_text(point.loss),
    )
    return LevelLine(point.level, cells)


def _sentence(record: RunRecord, points: tuple[LevelPoint, ...]) -> str:
    starts = {row.start_step for row in record.result.levels if row.level > 0}
    start = next(iter(starts)) if len(starts) == 1 else None
    back = f" from iteration {start:,}" if start is not None else ""
    what = f"Each level removes part of the weights that are left, and trains again{back}."
    dense = next((point for point in points if point.level == 0), None)
    if dense is None or points[-1] is dense:
        return what
    return f"{what} {_last_words(record, points[-1], dense)} The line across is the dense network, level 0."


def _last_words(record: RunRecord, last: LevelPoint, dense: LevelPoint) -> str:
    result = record.result
    value = measure_text(result.metric, last.value)
    unit = " points" if is_share(result.metric) else ""
    gap = f"{gap_text(result.metric, last.value - dense.value)}{unit}"
    words = f"{value} {result.evaluated_on} {metric_words(result.metric)} ({gap} against the dense network)"
    when = ""
    if last.early_stop_step is not None and dense.early_stop_step:
        when = f", stops at iteration {last.early_stop_step:,} ({_sooner(last.early_stop_step, dense.early_stop_step)})"
    return f"The last, at density {density_text(last.density)}{when}{' and' if when else ''} has {words}."


def _sooner(step: int, dense: int) -> str:
    """How much sooner than the dense network's.

    >>> _sooner(62, 100), _sooner(150, 100), _sooner(100, 100)
    ('38% sooner than the dense network', '50% later than the dense network', 'as the dense network does')
    """
    if step == dense:
        return "as the dense network does"
    share = abs(dense - step) / dense
    return f"{share:.0%} {'sooner' if step < dense else 'later'} than the dense network"
