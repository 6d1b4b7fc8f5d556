"""A small picture of the levels of a run or of a verification, drawn without a browser."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from tombola.errors import UsageError
from tombola.records import StudyRecord
from tombola.records.run_record import RunRecord
from tombola.records.verification_record import VerificationRecord
from tombola.report.figures import OverDensity, level_curves, network_curves
from tombola.report.figures.study_levels import study_levels
from tombola.report.names import shortened
from tombola.report.summary import render


def draw_levels_summary(
    record: RunRecord | VerificationRecord,
    kind: Literal["png", "svg"] = "png",
    dark: bool = False,
    scale: float = 2,
) -> bytes:
    """The metric and the early-stop iteration over density, side by side, as a PNG or SVG file.

    Args:
        record: of a verification, with a line a network, or of a run with levels.
        kind: of file.
        dark: light colours on a dark ground.
        scale: pixels of a PNG for one unit of length.

    Raises:
        UsageError: where there are fewer than two levels, so that there is nothing to draw.
    """
    figures = level_curves(record) if isinstance(record, RunRecord) else network_curves(record)
    if not figures:
        raise UsageError(f"{record.folder} has fewer than two levels: expected a record with several densities")
    return _drawn(figures, _levels_title(record), kind, dark, scale)


def draw_study_levels(
    records: Iterable[StudyRecord],
    title: str,
    note: str = "",
    kind: Literal["png", "svg"] = "png",
    dark: bool = False,
    scale: float = 2,
) -> bytes:
    """The same of a study's runs: means over replicates, bars of one standard deviation on each side.

    Args:
        records: of runs with levels.
        title, note: above the picture.
        kind, dark, scale: as above.

    Raises:
        UsageError: where no run has two levels.
    """
    import altair as alt

    figures = study_levels(records)
    if not figures:
        raise UsageError("none of the records has two levels: expected those of iterative pruning")
    return _drawn(figures, alt.Title(title, subtitle=note, fontSize=18, offset=20), kind, dark, scale)


def _drawn(figures: Sequence[OverDensity], title: Any, kind: Literal["png", "svg"], dark: bool, scale: float) -> bytes:
    import altair as alt

    from tombola.report import drawings
    from tombola.report.drawings.levels import density_chart
    from tombola.report.drawings.strokes import legend_chart, strokes
    from tombola.report.drawings.theme import styled

    theme = drawings.DARK if dark else drawings.LIGHT
    charts = [density_chart(figure, theme).properties(width=330, height=260) for figure in figures]
    legend = legend_chart(strokes(figures[0], theme), theme, width=730)
    both = alt.vconcat(legend, alt.hconcat(*charts, spacing=36), spacing=20)
    return render(styled(both.properties(title=title, padding=24), theme).to_dict(), kind, scale)


def _levels_title(record: RunRecord | VerificationRecord) -> Any:
    import altair as alt

    if isinstance(record, RunRecord):
        model, data, method = (record.name(part) for part in ("model", "data", "method"))
        note = f"{shortened(method)}, {len(record.result.levels)} levels"
    else:
        file = record.file
        model, data, method = file.model, file.data, file.method
        note = f"{shortened(method)}: {file.verdict} by the definition {shortened(file.definition.name)}"
        note += f", {file.replicates} replicate{'' if file.replicates == 1 else 's'}"
        note += f", bars: {100 * record.confidence:g}% intervals" if file.replicates > 1 else ""
    return alt.Title(f"{shortened(model)} on {shortened(data)}", subtitle=note, fontSize=18, offset=20)
