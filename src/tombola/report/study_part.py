"""What the pages of studies and the ledger show."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tombola.claims import Decision, Finding
from tombola.claims.published import published
from tombola.records import StudyRecord
from tombola.report.downloads import csv_table
from tombola.report.drawings import PAGE, strokes
from tombola.report.drawings.series import draw_series, series_strokes
from tombola.report.figures import Setting, settings
from tombola.report.figures.headline import Fact
from tombola.report.figures.study import Series, SeriesPoint, study_figures
from tombola.report.figures.study_levels import level_rows, study_levels
from tombola.report.panels import Panel, over_density_panel, panel
from tombola.report.words import deviation_text, measure_text, seconds_text

if TYPE_CHECKING:
    from tombola.report.site import StudyOf

KINDS = {"confirmed": "good", "refuted": "bad", "undecided": "open", "for": "good", "against": "bad", "open": "open"}


@dataclass(frozen=True)
class FindingLine:
    """One comparison of a decision."""

    kind: str
    text: str
    difference: str
    interval: str
    replicates: int


@dataclass(frozen=True)
class DecisionLine:
    """One claim of the ledger."""

    id: str
    text: str
    source: str
    rule: str
    verdict: str
    kind: str
    scale: str
    replicates: str
    reason: str
    commands: tuple[str, ...]
    pages: tuple[tuple[str, str], ...]
    findings: tuple[FindingLine, ...]


@dataclass(frozen=True)
class StudyLine:
    """One study in the ledger's list."""

    file: str
    title: str
    preset: str
    runs: int
    took: str


def ledger_facts(decisions: Iterable[Decision], studies: "tuple[StudyOf, ...]") -> tuple[Fact, ...]:
    """How many claims there are of each verdict, and how much was run."""
    verdicts = [decision.verdict for decision in decisions]
    records = [record for study in studies for record in study.records]
    spent = sum(record.seconds for record in records)
    return (
        Fact(str(verdicts.count("confirmed")), "", "confirmed", f"of {len(verdicts)} claims"),
        Fact(str(verdicts.count("refuted")), "", "refuted", f"of {len(verdicts)} claims"),
        Fact(str(verdicts.count("undecided")), "", "undecided", "too few records, or the interval does not tell"),
        Fact(f"{len(records):,}", "", "runs recorded", f"{seconds_text(spent)} of computing"),
    )


def decision_lines(decisions: Iterable[Decision], studies: "tuple[StudyOf, ...]") -> tuple[DecisionLine, ...]:
    """The claims, with links to the pages of their studies."""
    return tuple(_decision(decision, studies) for decision in decisions)


def _decision(decision: Decision, studies: "tuple[StudyOf, ...]") -> DecisionLine:
    claim = decision.claim
    pages = tuple(
        (study.file, study.part.title or study.part.name)
        for study in studies
        if study.part.name in claim.studies and study.preset == decision.scale
    )
    return DecisionLine(
        id=claim.id,
        text=claim.text,
        source=claim.source,
        rule=claim.rule,
        verdict=decision.verdict,
        kind=KINDS[decision.verdict],
        scale=decision.scale or "",
        replicates=str(decision.replicates) if decision.findings else "",
        reason=decision.reason,
        commands=decision.commands,
        pages=pages,
        findings=tuple(map(finding_line, decision.findings)),
    )


def finding_line(finding: Finding) -> FindingLine:
    """A comparison in words and numbers."""
    factor, unit = (100, " pp") if finding.is_percent else (1, "")
    difference = "" if finding.difference is None else _signed(factor * finding.difference) + unit
    interval = ""
    if finding.low is not None and finding.high is not None:
        interval = f"{_signed(factor * finding.low)} to {_signed(factor * finding.high)}"
    return FindingLine(KINDS[finding.outcome], finding.text, difference, interval, finding.replicates)


def _signed(value: float) -> str:
    text = f"{value:+.2f}" if abs(value) < 1000 else f"{value:+,.0f}"
    return text.replace("-", "\N{MINUS SIGN}", 1)


def study_lines(studies: "Iterable[StudyOf]") -> tuple[StudyLine, ...]:
    """The studies, for the ledger's list."""
    return tuple(
        StudyLine(
            study.file,
            study.part.title or study.part.name,
            study.preset,
            len(study.records),
            seconds_text(sum(record.seconds for record in study.records)),
        )
        for study in studies
    )


def study_page(study: "StudyOf", decisions: Iterable[Decision]) -> dict[str, Any]:
    """Everything that the page of a study shows."""
    records = study.records
    figures, levels = study_figures(records), study_levels(records)
    about = [decision for decision in decisions if study.part.name in decision.claim.studies]
    own = [decision for decision in about if decision.scale == study.preset]
    environment = records[0].environment
    return {
        "study": study,
        "facts": _facts(study),
        "panels": tuple(_series_panel(figure) for figure in figures),
        "tables": tuple(_table(figure) for figure in figures),
        "lines": series_strokes(figures[0], PAGE) if figures else (),
        "strokes": strokes(levels[0], PAGE) if levels else (),
        "level_panels": tuple(over_density_panel(figure, level_rows(figure), "levels.csv") for figure in levels),
        "caption": caption(study),
        "decisions": tuple(replace(line, commands=()) for line in decision_lines(own, ())),
        "settings": _shared_settings(records),
        "environment": settings(dict(environment)),
        "records": _records_link(records),
    }


def _shared_settings(records: tuple[StudyRecord, ...]) -> tuple[Setting, ...]:
    """The settings that are the same in all runs, defaults included."""
    each = [{line.path: line.value for line in settings(record.settings)} for record in records]
    first = each[0]
    shared = [path for path in first if all(other.get(path) == first[path] for other in each)]
    return tuple(Setting(path, first[path]) for path in shared)


def caption(study: "StudyOf") -> str:
    """What the figures show, said of the records themselves."""
    records = study.records
    replicates = len({record.seed for record in records})
    data = sorted({str(record.settings.get("data", {}).get("name", "unknown data")) for record in records})
    broken = sum(record.result is None for record in records)
    text = (
        f"{len(records)} runs on {' and '.join(data)}, preset {study.preset}, "
        f"{replicates} replicate{'s' * (replicates != 1)}: means, and one standard deviation on each side."
    )
    if any(published(record.study, record.arm, record.point) for record in records):
        text += " Dashed: published values."
    return text if not broken else f"{text} {broken} of them diverged or collapsed, and have no point."


def _facts(study: "StudyOf") -> tuple[Fact, ...]:
    records = study.records
    commits = {record.code.commit[:10] for record in records if record.code.commit}
    dirty = any(record.code.dirty for record in records)
    note = "the program’s files differed from it" if dirty else "of the program"
    seconds = seconds_text(sum(record.seconds for record in records))
    commit = next(iter(sorted(commits)), "unknown")
    return (
        Fact(f"{len(records):,}", "", "runs", f"of {len({record.arm for record in records})} arms"),
        Fact(str(len({record.seed for record in records})), "", "replicates", "seeds 0, 1, …"),
        Fact(seconds, "", "computing", "all runs together"),
        Fact(commit, "", "commit", note if len(commits) < 2 else f"and {len(commits) - 1} more"),
    )


def _series_panel(figure: Series) -> Panel:
    words = f"{figure.title} over {figure.axis}: {', '.join(figure.lines)}"
    return panel(draw_series(figure, PAGE, width="container"), words, figure.points, f"{figure.axis}.csv")


def _table(figure: Series) -> dict[str, Any]:
    """The same numbers: one row a value of the axis, one column a line."""
    xs = list(dict.fromkeys(point.x for point in figure.points))
    cells = {(point.line, point.x): _cell(figure, point) for point in figure.points}
    rows = [(x if isinstance(x, str) else f"{x:g}", [cells.get((line, x), "") for line in figure.lines]) for x in xs]
    rows += [(point.line, [_cell(figure, point)]) for point in figure.across]
    return {"title": figure.title, "axis": figure.axis, "lines": figure.lines, "rows": rows}


def _cell(figure: Series, point: SeriesPoint) -> str:
    text = measure_text(figure.quantity, point.mean)
    if point.deviation is not None:
        text += f" ± {deviation_text(figure.quantity, point.deviation)}"
    if point.published is None:
        return text
    return f"{text} (published {measure_text(figure.quantity, point.published)}, {point.certainty})"


def _records_link(records: tuple[StudyRecord, ...]) -> str:
    from tombola.records.frame import row

    rows = [row(record) for record in records]
    return csv_table(list(dict.fromkeys(name for each in rows for name in each)), rows)
