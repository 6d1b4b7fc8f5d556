"""A small picture of the levels of a run or of a verification, drawn without a browser."""

from typing import Any, Literal

from tombola.errors import UsageError
from tombola.records.run_record import RunRecord
from tombola.records.verification_record import VerificationRecord
from tombola.report.figures import level_curves, network_curves
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
    import altair as alt

    from tombola.report import drawings
    from tombola.report.drawings.levels import density_chart, level_strokes
    from tombola.report.drawings.strokes import legend_chart
    from tombola.report.drawings.theme import styled

    figures = level_curves(record) if isinstance(record, RunRecord) else network_curves(record)
    if not figures:
        raise UsageError(f"{record.folder} has fewer than two levels: expected a record with several densities")
    theme = drawings.DARK if dark else drawings.LIGHT
    charts = [density_chart(figure, theme).properties(width=330, height=260) for figure in figures]
    legend = legend_chart(level_strokes(figures, theme), theme, width=730)
    both = alt.vconcat(legend, alt.hconcat(*charts, spacing=36), spacing=20)
    whole = both.properties(title=_levels_title(record), padding=24)
    return render(styled(whole, theme), kind, scale)


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
