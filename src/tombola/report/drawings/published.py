"""How published values are drawn beside ours: dashed where there are enough for a line, and hollow."""

from collections.abc import Iterable
from typing import Any

import altair as alt

from tombola.claims.published import Certainty
from tombola.report.drawings.strokes import Stroke
from tombola.report.drawings.theme import Theme, rows_of
from tombola.report.figures.series import Series, Theirs
from tombola.report.figures.table import published_text

DASH = (5, 4)
ENOUGH = 3  # published values of one line, which a line is drawn through


def published_rows(figure: Series) -> alt.InlineData:
    """What was published at places of the axis, with what the pointer shows of it."""
    return rows_of(*(_row(figure, each) for each in figure.theirs if each.x != ""))


def _row(figure: Series, each: Theirs) -> dict[str, Any]:
    text = published_text(figure.quantity, each.told)
    row: dict[str, Any] = {"line": each.line, "x": each.x, "published": each.told.value, "text": text}
    return row | {"certainty": each.told.certainty, "source": each.told.source}


def published_tooltip(figure: Series) -> list[alt.Tooltip]:
    """What the pointer shows of a published value: that it is one, whose, and how sure."""
    return [
        alt.Tooltip("line", type="nominal"),
        alt.Tooltip("x", type="nominal", title=figure.axis),
        alt.Tooltip("text", type="nominal", title=f"{figure.quantity}, published"),
        alt.Tooltip("certainty", type="nominal"),
        alt.Tooltip("source", type="nominal"),
    ]


def published_over_numbers(figure: Series, base: alt.Chart) -> list[alt.Chart]:
    """Over an axis of numbers; `base` has its places and its colours."""
    y = alt.Y("published", type="quantitative", title=None, scale=alt.Scale(zero=False))
    known = base.properties(data=published_rows(figure)).encode(y=y)
    points = known.mark_point(filled=False, size=70, strokeWidth=1.5).encode(tooltip=published_tooltip(figure))
    lines = known.transform_filter(alt.FieldOneOfPredicate("line", _long(figure)))
    drawn = [lines.mark_line(strokeWidth=1.5, strokeDash=list(DASH))] if _long(figure) else []
    return [*drawn, points] if any(each.x != "" for each in figure.theirs) else []


def published_over_names(figure: Series, base: alt.Chart) -> list[alt.Chart]:
    """Over an axis of names."""
    x = alt.X("published", type="quantitative", title=None, scale=alt.Scale(zero=False))
    known = base.properties(data=published_rows(figure)).encode(x=x, tooltip=published_tooltip(figure))
    return [known.mark_point(filled=False, size=90, strokeWidth=1.5)] if figure.theirs else []


def published_rules(figure: Series, theme: Theme) -> list[alt.Chart]:
    """A dashed rule for each of ours that lies across, with its name at the left, where ours is at the right."""
    drawn = []
    for each in figure.theirs if figure.rules else ():
        if each.x == "":
            row = _row(figure, each) | {"x": "all"}
            base = alt.Chart(rows_of(row)).encode(
                y=alt.Y("published", type="quantitative", title=None, scale=alt.Scale(zero=False)),
                tooltip=published_tooltip(figure),
            )
            name = f"{each.line}, published"
            label = base.mark_text(text=name, align="left", dx=4, dy=-7, fontSize=11, color=theme.muted)
            drawn += [base.mark_rule(strokeDash=list(DASH), strokeWidth=1.25, color=theme.muted)]
            drawn += [label.encode(x=alt.value(0))]
    return drawn


def published_strokes(figures: Iterable[Series], theme: Theme) -> tuple[Stroke, ...]:
    """The legend's entry for what was published; none where nothing was."""
    given = [figure for figure in figures if figure.theirs]
    is_dashed = any(_long(figure) or any(each.x == "" for each in figure.theirs) for figure in given)
    return published_stroke((each.told.certainty for figure in given for each in figure.theirs), is_dashed, theme)


def published_stroke(certainties: Iterable[Certainty], is_dashed: bool, theme: Theme) -> tuple[Stroke, ...]:
    """The legend's entry for published values, and how sure they are; none where there are none."""
    known = set(certainties)
    sure = sorted(known - {"author"})
    name = f"published ({', '.join(sure)})" if sure else "published"
    return (Stroke(name, theme.muted, "circle", DASH, 1.5 if is_dashed else 0.0, is_hollow=True),) if known else ()


def _long(figure: Series) -> list[str]:
    """The lines of numbers of which enough is published."""
    if not figure.is_numeric:
        return []
    count = {line: sum(each.line == line and each.x != "" for each in figure.theirs) for line in figure.lines}
    return [line for line, known in count.items() if known >= ENOUGH]
