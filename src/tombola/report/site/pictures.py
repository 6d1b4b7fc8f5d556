"""Pictures of studies as files, for pages that are not ours: documentation, a paper, a talk."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tombola.report.figures import OverDensity
from tombola.report.figures.papers import paper_figures
from tombola.report.figures.series import Series
from tombola.report.figures.study import study_figures
from tombola.report.figures.study_levels import study_levels
from tombola.report.site.captions import caption
from tombola.report.site.study_of import StudyOf
from tombola.report.summary import render

IN_A_ROW = 2
WIDTH = 380


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        study: that it is of.
        file: its name.
        words: what it shows.
        svg: the file's content.
    """

    study: str
    file: str
    words: str
    svg: bytes


def pictures(studies: Iterable[StudyOf]) -> tuple[Picture, ...]:
    """A picture of every figure of studies, as SVG."""
    return tuple(replace(each, svg=numbered_anew(each.svg)) for study in studies for each in study_pictures(study))


def numbered_anew(svg: bytes) -> bytes:
    """A picture with its clips counted from 0: the renderer counts on over all it draws, so files would differ.

    >>> numbered_anew(b'<g clip-path="url(#clip7)"/><clipPath id="clip7"/><clipPath id="clip9"/>')
    b'<g clip-path="url(#clip0)"/><clipPath id="clip0"/><clipPath id="clip1"/>'
    """
    names: dict[bytes, bytes] = {}
    return re.sub(rb"\bclip\d+", lambda found: names.setdefault(found[0], b"clip%d" % len(names)), svg)


def study_pictures(study: StudyOf) -> Iterator[Picture]:
    """The figures of a study's paper, its levels over density, and its metric over its axis: what there is of them."""
    records, name = study.records, study.part.name
    numbered = [figure for figure in paper_figures(name, records).figures if figure.series is not None]
    for figure in numbered:
        assert figure.series is not None
        file = f"{study.folder}-{figure.slug}.svg"
        words = f"{figure.name}. {figure.words}"
        yield Picture(name, file, words, _drawn([figure.series], words))
    if levels := study_levels(records):
        words = caption(study, levels=levels)
        yield Picture(name, f"{study.folder}-levels.svg", words, _levels(levels, words))
    metrics = [figure for figure in study_figures(records) if figure.quantity != "loss"]
    if metrics and not numbered:
        words = caption(study, metrics)
        yield Picture(name, f"{study.folder}-metric.svg", words, _drawn(metrics, words))


def _drawn(figures: Sequence[Series], caption: str) -> bytes:
    import altair as alt

    from tombola.report.drawings import LIGHT
    from tombola.report.drawings.series import legend_strokes, series_chart

    charts = [series_chart(figure, LIGHT, WIDTH, 250) for figure in figures]
    rows = [alt.hconcat(*charts[at : at + IN_A_ROW], spacing=36) for at in range(0, len(charts), IN_A_ROW)]
    drawn = legend_strokes(figures, LIGHT)
    return _framed(rows, drawn if len(drawn) > 1 else (), caption, WIDTH * min(IN_A_ROW, len(figures)))


def _levels(figures: Sequence[OverDensity], caption: str) -> bytes:
    import altair as alt

    from tombola.report.drawings import LIGHT, level_strokes
    from tombola.report.drawings.levels import density_chart

    charts = [density_chart(figure, LIGHT).properties(width=WIDTH, height=250) for figure in figures]
    rows = [alt.hconcat(*charts[at : at + IN_A_ROW], spacing=36) for at in range(0, len(charts), IN_A_ROW)]
    return _framed(rows, level_strokes(figures, LIGHT), caption, WIDTH * min(IN_A_ROW, len(charts)))


def _framed(rows: Sequence[Any], drawn: Sequence[Any], caption: str, width: int) -> bytes:
    """Charts below their legend and their caption."""
    import altair as alt

    from tombola.report.drawings import LIGHT
    from tombola.report.drawings.strokes import legend_chart
    from tombola.report.drawings.theme import styled

    lines = textwrap.wrap(caption, max(40, width // 7))
    title = alt.Title(lines, fontSize=12, fontWeight="normal", color=LIGHT.muted, offset=14, anchor="start")
    legend = [legend_chart(drawn, LIGHT, width=width)] if drawn else []
    whole = alt.vconcat(*legend, *rows, spacing=20).properties(title=title, padding=20)
    return render(styled(whole, LIGHT), "svg", 1)
