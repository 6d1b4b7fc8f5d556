"""How published numbers of tickets are drawn over density: hollow points, and dashed rules across and upright."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from tombola.claims.published.number import ITERATIONS
from tombola.claims.published.words import in_words
from tombola.report.drawings.published import DASH, published_stroke
from tombola.report.drawings.strokes import Stroke
from tombola.report.drawings.theme import Theme, rows_of
from tombola.report.figures import OverDensity, TheirTicket
from tombola.verification import TICKET

_RULE = 1.25


def published_points(figure: OverDensity, x: alt.X, colour: alt.Color) -> list[alt.Chart]:
    """A hollow point for each number of a ticket, in the colour of its line."""
    there = [each for each in figure.theirs if each.density is not None and each.value is not None]
    base = alt.Chart(rows_of(*map(_row, there))).mark_point(filled=False, size=90, strokeWidth=1.75)
    y = alt.Y("published", type="quantitative")
    return [base.encode(x=x, y=y, color=colour, tooltip=_tooltip())] if there else []


def published_marks(figure: OverDensity, x: alt.X, theme: Theme) -> list[alt.Chart]:
    """A dashed rule across for each number of the dense network, and upright for each that is a density."""
    return [
        chart
        for each in figure.theirs
        if each.density is None or each.value is None
        for chart in (_across(each, theme) if each.density is None else _upright(each, x, theme))
    ]


def published_ticket_strokes(figures: Iterable[OverDensity], theme: Theme) -> tuple[Stroke, ...]:
    """The legend's entry for what was published of tickets; none where nothing was."""
    told = [each for figure in figures for each in figure.theirs]
    is_dashed = any(each.density is None or each.value is None for each in told)
    return published_stroke((each.told.certainty for each in told), is_dashed, theme)


def _across(each: TheirTicket, theme: Theme) -> list[alt.Chart]:
    base = alt.Chart(rows_of(_row(each))).encode(y=alt.Y("published", type="quantitative"), tooltip=_tooltip())
    rule = base.mark_rule(strokeDash=list(DASH), strokeWidth=_RULE, color=theme.muted)
    name = base.mark_text(text="dense, published", align="left", dx=4, dy=-7, fontSize=11, color=theme.muted)
    return [rule, name.encode(x=alt.value(0))]


def _upright(each: TheirTicket, x: alt.X, theme: Theme) -> list[alt.Chart]:
    """A rule with its words along it, at the end where the lines of the quantity are not: iterations are low."""
    base = alt.Chart(rows_of(_row(each))).encode(x=x, tooltip=_tooltip())
    rule = base.mark_rule(strokeDash=list(DASH), strokeWidth=_RULE, color=theme.muted)
    is_above = each.told.quantity == ITERATIONS
    name = base.mark_text(
        text=_change(each),
        align="right" if is_above else "left",
        baseline="top",
        angle=270,
        dx=-3 if is_above else 4,
        dy=3,
        fontSize=10,
        color=theme.muted,
    )
    return [rule, name.encode(y=alt.value(0) if is_above else alt.value("height"))]


def _change(each: TheirTicket) -> str:
    change = each.told.change or ""
    return change if each.line == TICKET else change.replace("the ticket", each.line, 1)


def _row(each: TheirTicket) -> dict[str, Any]:
    row: dict[str, Any] = {"network": each.line, "density": each.density, "published": each.value}
    return row | {"text": in_words(each.told), "certainty": each.told.certainty, "source": each.told.source}


def _tooltip() -> list[alt.Tooltip]:
    return [alt.Tooltip(name, type="nominal") for name in ("network", "text", "certainty", "source")]
