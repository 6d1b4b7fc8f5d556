"""Tables of studies, for pages that are not ours."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tombola.printable import capitalised
from tombola.report.figures.means import means_tables
from tombola.report.figures.papers import paper_figures
from tombola.report.figures.table import Table
from tombola.report.site.captions import caption
from tombola.report.site.study_of import StudyOf


@dataclass(frozen=True)
class StudyTable:
    """One table.

    Attributes:
        study: that it is of.
        words: what it shows.
        table: its numbers.
    """

    study: str
    words: str
    table: Table


def tables(studies: Iterable[StudyOf]) -> tuple[StudyTable, ...]:
    """The tables of studies: of their papers, and of runs without a figure."""
    return tuple(each for study in studies for each in study_tables(study))


def study_tables(study: StudyOf) -> Iterator[StudyTable]:
    """A study's own."""
    name = study.part.name
    for part in paper_figures(name, study.records).tables:
        if part.table is not None:
            yield StudyTable(name, f"{part.name}. {part.words}", part.table)
    for table in means_tables(study.records):
        yield StudyTable(name, f"{capitalised(table.title)}. {caption(study)}", table)
