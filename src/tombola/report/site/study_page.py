"""What the page of a study shows: its figures, the claims it decides, its runs, and how it was made."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tombola.claims import Decision
from tombola.printable import capitalised
from tombola.records import StudyRecord
from tombola.report.downloads import csv_link, csv_table, data_uri
from tombola.report.drawings import PAGE, Stroke, level_strokes
from tombola.report.drawings.series import draw_series, legend_strokes
from tombola.report.figures import OverDensity, Setting, settings
from tombola.report.figures.headline import Fact
from tombola.report.figures.means import means_tables
from tombola.report.figures.papers import PaperFigure, PaperTable, paper_figures
from tombola.report.figures.series import Series
from tombola.report.figures.study import by_place, study_figures
from tombola.report.figures.study_levels import study_levels
from tombola.report.figures.table import Table, series_table
from tombola.report.panels import Panel, over_density_panel, panel
from tombola.report.rendering import render
from tombola.report.site.captions import caption, times_text
from tombola.report.site.file_names import download_name
from tombola.report.site.ledger_page import decision_lines
from tombola.report.site.rows import level_rows, series_rows, table_rows
from tombola.report.site.study_of import StudyOf
from tombola.report.words import measure_text, seconds_text


@dataclass(frozen=True)
class Drawn:
    """One figure of a paper on a page; without a panel where records are missing."""

    figure: PaperFigure
    panel: Panel | None
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True)
class Numbers:
    """A table on a page, and the address and the name of its file; without them where records are missing."""

    name: str
    words: str
    table: Table | None
    data: str = ""
    file: str = ""


@dataclass(frozen=True)
class RunLine:
    """One run in a study's list."""

    href: str
    name: str
    seed: int
    figure: str
    took: str


def render_study(study: StudyOf, decisions: Iterable[Decision]) -> str:
    """The page as text."""
    records = study.records
    figures, levels = study_figures(records), study_levels(records)
    paper = paper_figures(study.part.name, records)
    about = [decision for decision in decisions if study.part.name in decision.claim.studies]
    own = [decision for decision in about if decision.presets.get(study.part.name) == study.preset]
    return render(
        "study.html.jinja",
        title=study.title,
        study=study,
        facts=_facts(study),
        paper=tuple(_drawn(study, figure) for figure in paper.figures),
        paper_tables=tuple(_paper_table(study, part) for part in paper.tables),
        panels=tuple(_panel(study, figure, figure.pane, figure.quantity, f"over {figure.axis}") for figure in figures),
        tables=tuple(map(series_table, figures)),
        means=tuple(_numbers(study, f"means {table.title}", "", table) for table in means_tables(records)),
        lines=legend_strokes(figures, PAGE),
        strokes=level_strokes(levels, PAGE),
        level_panels=tuple(_level_panel(study, figure) for figure in levels),
        caption=caption(study, figures, levels),
        missing=missing(study),
        decisions=tuple(replace(line, commands=()) for line in decision_lines(own, ())),
        runs=tuple(_run_line(study, record) for record in sorted(records, key=by_place)),
        settings=_shared_settings(records),
        environment=settings(dict(records[0].environment)),
        records=_records_link(records),
        records_file=download_name(study.folder, "runs"),
        spec=_spec_text(study),
        spec_link=data_uri(_spec_text(study).encode(), "application/json"),
        spec_file=download_name(study.part.name, suffix="json"),
    )


def missing(study: StudyOf) -> str:
    """Which records the figures would need besides those there are; nothing where the study is complete."""
    if study.extent is None or not study.missing:
        return ""
    how = "" if study.command is None else f": {study.command} makes them"
    return f"{study.missing} of its {study.extent.runs} runs are not recorded yet{how}."


def _drawn(study: StudyOf, figure: PaperFigure) -> Drawn:
    if figure.series is None:
        return Drawn(figure, None, ())
    return Drawn(figure, _panel(study, figure.series, figure.slug), legend_strokes([figure.series], PAGE))


def _panel(study: StudyOf, figure: Series, *names: str) -> Panel:
    words = f"{figure.title} over {figure.axis}: {', '.join(figure.lines)}"
    chart = draw_series(figure, PAGE, width="container")
    return panel(chart, words, series_rows(study, figure), download_name(study.folder, *names))


def _level_panel(study: StudyOf, figure: OverDensity) -> Panel:
    file = download_name(study.folder, figure.pane, figure.quantity, "over levels")
    return over_density_panel(figure, level_rows(study, figure), file)


def _paper_table(study: StudyOf, part: PaperTable) -> Numbers:
    missing = f" {capitalised(part.missing)}." if part.missing else ""
    return _numbers(study, part.name, f"{part.words}{missing}", part.table)


def _numbers(study: StudyOf, name: str, words: str, table: Table | None) -> Numbers:
    if table is None:
        return Numbers(name, words, None)
    file = download_name(study.folder, *re.findall("[a-z0-9]+", name.lower()))
    return Numbers(name, words, table, csv_link(table_rows(study, name, table)), file)


def _spec_text(study: StudyOf) -> str:
    return json.dumps(study.part.spec, indent=2, ensure_ascii=False)


def _run_line(study: StudyOf, record: StudyRecord) -> RunLine:
    result = record.result
    figure = record.outcome if result is None else measure_text(result.metric, result.reported)
    return RunLine(study.run_file(record), study.run_title(record), record.seed, figure, seconds_text(record.seconds))


def _shared_settings(records: tuple[StudyRecord, ...]) -> tuple[Setting, ...]:
    """The settings that are the same in all runs, defaults included."""
    each = [{line.path: line.value for line in settings(record.settings)} for record in records]
    first = each[0]
    shared = [path for path in first if all(other.get(path) == first[path] for other in each)]
    return tuple(Setting(path, first[path]) for path in shared)


def seeds_text(records: Iterable[StudyRecord]) -> str:
    """The seeds of the replicates.

    >>> seeds_text([])
    'no seeds'
    """
    seeds = sorted({record.seed for record in records})
    if len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1)):
        return f"seeds {seeds[0]} to {seeds[-1]}"
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}" if seeds else "no seeds"


def _facts(study: StudyOf) -> tuple[Fact, ...]:
    records = study.records
    commits = {record.code.commit[:7] for record in records if record.code.commit}
    unknown = sum(record.code.commit is None for record in records) if commits else 0
    dirty = any(record.code.dirty for record in records)
    note = "the program’s files differed from it" if dirty else "of the program"
    more = [f"{len(commits) - 1} more"] if len(commits) > 1 else []
    more += [f"{unknown} run{'s' * (unknown > 1)} of an unknown one"] if unknown else []
    seconds = seconds_text(study.seconds)
    arms = len({record.arm for record in records})
    whole = f"of {study.extent.runs:,}" if study.extent and study.missing else f"of {arms} arm{'s' * (arms != 1)}"
    commit = next(iter(sorted(commits)), "unknown")
    return (
        Fact(f"{len(records):,}", "", "runs", whole),
        Fact(times_text(records), "", "replicates", seeds_text(records)),
        Fact(seconds, "", "computing", "all runs together"),
        Fact(commit, "", "commit", f"and {' and '.join(more)}" if more else note),
    )


def _records_link(records: tuple[StudyRecord, ...]) -> str:
    from tombola.records.frame import row

    rows = [row(record) for record in records]
    return csv_table(list(dict.fromkeys(name for each in rows for name in each)), rows)
