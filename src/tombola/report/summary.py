"""A small picture of a run, drawn without a browser."""

from typing import TYPE_CHECKING, Any, Literal

import torch

from tombola.records.run_record import RunRecord
from tombola.report.figures import FirstLayerPicture, comparison, first_layer_picture
from tombola.report.names import shortened
from tombola.report.specification import specification
from tombola.report.words import metric_text, metric_words

if TYPE_CHECKING:
    import altair as alt


def draw_summary(
    record: RunRecord,
    first_mask: torch.Tensor,
    kind: Literal["png", "svg"] = "png",
    dark: bool = False,
    scale: float = 2,
) -> bytes:
    """The first layer's mask beside the ticket and its controls, as a PNG or SVG file.

    Args:
        record: of a finished run that recorded its first layer.
        first_mask: bool, the mask of the layer that sees the input.
        kind: of file.
        dark: light colours on a dark ground.
        scale: pixels of a PNG for one unit of length.
    """
    import altair as alt

    from tombola.report import drawings
    from tombola.report.drawings.comparison import comparison_bars
    from tombola.report.drawings.first_layer import mask_chart
    from tombola.report.drawings.theme import styled

    theme = drawings.DARK if dark else drawings.LIGHT
    layer = record.result.first_layer
    picture = first_layer_picture(first_mask, layer.input_shape if layer else (), layer.name if layer else "")
    shown = drawings.tiles_shown(picture)
    mask = mask_chart(picture, theme).properties(title=_small(_mask_title(picture, shown)))
    compared = comparison(record)
    bars = comparison_bars(compared, theme).properties(
        width=210,
        height=mask.to_dict()["height"],
        title=_small(f"{compared.split.capitalize()} {metric_words(compared.metric)}"),
    )
    both = alt.hconcat(mask, bars, spacing=40).properties(title=_title(record), padding=24)
    return render(styled(both, theme), kind, scale)


def _title(record: RunRecord) -> Any:
    import altair as alt

    result = record.result
    value = f"{metric_text(result.metric, result.reported)} {result.evaluated_on} {metric_words(result.metric)}"
    value += "" if result.over_draws is None else ", mean over draws"
    text = f"{shortened(record.name('model'))} on {shortened(record.name('data'))}: {value}"
    kept = f"{shortened(record.name('method'))} keeps {result.kept:,} of {result.prunable:,} weights"
    untouched = result.audit is not None and result.audit.equal
    unchanged = ", at their initial values before training" if result.trained else " and changes none of them"
    return alt.Title(text, subtitle=kept + (unchanged if untouched else ""), fontSize=18, offset=20)


def _small(text: str) -> Any:
    import altair as alt

    return alt.Title(text, fontSize=12, fontWeight="normal", offset=8)


def _mask_title(picture: FirstLayerPicture, shown: int) -> str:
    if picture.kind == "matrix":
        return f"Mask of {shortened(picture.name)}"
    count = f"{picture.units}" if shown == picture.units else f"{shown} of {picture.units}"
    return f"Mask of {shortened(picture.name)}: {count} {picture.kind}"


def render(chart: "alt.TopLevelMixin", kind: Literal["png", "svg"], scale: float) -> bytes:
    """A finished chart as a file."""
    import vl_convert

    spec = specification(chart)
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    return bytes(vl_convert.vegalite_to_png(spec, scale=scale))
