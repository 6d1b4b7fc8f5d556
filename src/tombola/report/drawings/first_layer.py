"""The first layer's mask as a picture, and the share of edges each input pixel keeps."""

import altair as alt
import numpy as np

from tombola.report.downloads import data_uri
from tombola.report.drawings.mosaic import mosaic, png
from tombola.report.drawings.theme import LIGHT, RAMP, Theme, rows_of, styled
from tombola.report.figures import FirstLayerPicture


def draw_mask(picture: FirstLayerPicture, theme: Theme = LIGHT, scale: int = 1) -> alt.Chart:
    """The mosaic as a chart of its own size."""
    return styled(mask_chart(picture, theme, scale), theme)


def mask_chart(picture: FirstLayerPicture, theme: Theme, scale: int = 1) -> alt.Chart:
    """The same before the theme, to be set beside another drawing."""
    image = mosaic(picture, theme.ticket)
    # Enlarged here, cell by cell: a renderer would blur the edges.
    address = data_uri(png(image.repeat(2 * scale, axis=0).repeat(2 * scale, axis=1)), "image/png")
    height, width = (scale * size for size in image.shape[:2])
    chart: alt.Chart = (
        alt.Chart(rows_of({"picture": address}))
        .mark_image(width=width, height=height, align="left", baseline="top")
        .encode(x=alt.value(0), y=alt.value(0), url=alt.Url("picture", type="nominal"))
        .properties(width=width, height=height)
    )
    return chart


def draw_input_share(picture: FirstLayerPicture, theme: Theme = LIGHT, side: int = 260) -> alt.Chart:
    """The fraction of edges kept at each input pixel, on a scale from dark (few) to light (many)."""
    share = picture.share
    assert share is not None  # the caller asks only where the picture has one
    cell = max(1, side // max(share.shape))  # whole pixels, or hairlines show between the cells
    rows = [
        {"row": row, "column": column, "kept": round(float(value), 6)} for (row, column), value in np.ndenumerate(share)
    ]
    chart: alt.Chart = (
        alt.Chart(rows_of(*rows))
        .mark_rect()
        .encode(
            x=alt.X("column", type="ordinal", axis=None),
            y=alt.Y("row", type="ordinal", axis=None),
            color=alt.Color(
                "kept",
                type="quantitative",
                scale=alt.Scale(range=list(RAMP), zero=False, nice=False),
                legend=alt.Legend(
                    title="edges kept",
                    orient="bottom",
                    format=".0%",
                    gradientLength=cell * share.shape[1],
                    gradientThickness=8,
                ),
            ),
            tooltip=[
                alt.Tooltip("row", type="quantitative"),
                alt.Tooltip("column", type="quantitative"),
                alt.Tooltip("kept", type="quantitative", format=".1%"),
            ],
        )
        .properties(width=cell * share.shape[1], height=cell * share.shape[0])
    )
    return styled(chart, theme)
