"""The networks of the comparison as bars; for a picture, the page has a table."""

import altair as alt

from tombola.report.drawings.theme import LIGHT, Theme, layered, rows_of, styled
from tombola.report.figures import Comparison
from tombola.report.words import metric_text, metric_words


def draw_comparison(compared: Comparison, theme: Theme = LIGHT, width: int = 360, height: int = 190) -> alt.LayerChart:
    """A bar a network with its value at the end; the ticket's has the ticket's colour."""
    return styled(comparison_bars(compared, theme).properties(width=width, height=height), theme)


def comparison_bars(compared: Comparison, theme: Theme) -> alt.LayerChart:
    """The same before the theme, to be set beside another drawing."""
    metric = compared.metric
    rows = [
        {"name": row.name, "value": row.value, "text": metric_text(metric, row.value), "ticket": row.is_ticket}
        for row in compared.rows
    ]
    words = metric_words(metric)
    base = alt.Chart(rows_of(*rows)).encode(
        y=alt.Y("name", type="nominal", sort=None, title=None, axis=alt.Axis(domain=False, labelLimit=170)),
        x=alt.X(
            "value",
            type="quantitative",
            title=None,
            axis=None,
            scale=alt.Scale(domain=[min(0.0, *(row.value for row in compared.rows)), compared.full], nice=False),
        ),
        tooltip=[
            alt.Tooltip("name", type="nominal"),
            alt.Tooltip("text", type="nominal", title=f"{compared.split} {words}"),
        ],
    )
    bars = base.mark_bar(size=18, cornerRadius=2).encode(
        color=alt.condition("datum.ticket", alt.value(theme.ticket), alt.value(theme.faint))
    )
    texts = base.mark_text(align="left", dx=6, fontWeight=600, color=theme.ink).encode(
        text=alt.Text("text", type="nominal")
    )
    return layered(bars, texts)
