"""What the ledger shows: every claim with what our records say of it, and all studies."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.claims import ELSEWHERE, Decision, Finding
from tombola.report.figures.headline import Fact
from tombola.report.marks import mark
from tombola.report.rendering import render
from tombola.report.site.study_of import StudyOf
from tombola.report.words import seconds_text


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
    tally: str
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


def ledger_facts(decisions: Iterable[Decision], studies: tuple[StudyOf, ...]) -> tuple[Fact, ...]:
    """How many claims there are of each verdict, and how much was run."""
    verdicts = [decision.verdict for decision in decisions]
    spent = {record.id: record.seconds for study in studies for record in study.records}
    return (
        Fact(str(verdicts.count("confirmed")), "", "confirmed", f"of {len(verdicts)} claims"),
        Fact(str(verdicts.count("refuted")), "", "refuted", f"of {len(verdicts)} claims"),
        Fact(str(verdicts.count("undecided")), "", "undecided", "too few records, or the interval does not tell"),
        Fact(f"{len(spent):,}", "", "runs recorded", f"{seconds_text(sum(spent.values()))} of computing"),
    )


def decision_lines(decisions: Iterable[Decision], studies: tuple[StudyOf, ...]) -> tuple[DecisionLine, ...]:
    """The claims, with links to the pages of their studies."""
    return tuple(_decision(decision, studies) for decision in decisions)


def _decision(decision: Decision, studies: tuple[StudyOf, ...]) -> DecisionLine:
    claim = decision.claim
    pages = tuple(
        (study.file, study.title) for study in studies if decision.presets.get(study.part.name) == study.preset
    )
    return DecisionLine(
        id=claim.id,
        text=claim.text,
        source=claim.source,
        rule=claim.rule,
        verdict=decision.verdict,
        kind=mark(decision.verdict),
        tally=decision.tally or "no records",
        scale=decision.scale,
        replicates=str(decision.replicates) if decision.findings else "",
        reason=decision.reason,
        commands=decision.commands,
        pages=pages,
        findings=tuple(map(finding_line, decision.findings)),
    )


def finding_line(finding: Finding) -> FindingLine:
    """A comparison in words and numbers."""
    difference, interval = (
        text.replace("-", "\N{MINUS SIGN}") for text in (finding.difference_text, " to ".join(finding.ends or ()))
    )
    return FindingLine(mark(finding.outcome), finding.text, difference, interval, finding.replicates)


def study_lines(studies: Iterable[StudyOf]) -> tuple[StudyLine, ...]:
    """The studies, for the ledger's list."""
    return tuple(
        StudyLine(
            study.file,
            study.title,
            study.preset,
            len(study.records),
            seconds_text(study.seconds),
        )
        for study in studies
    )


def render_ledger(studies: tuple[StudyOf, ...], decisions: tuple[Decision, ...]) -> str:
    """The first page as text."""
    return render(
        "ledger.html.jinja",
        title="Claims and studies",
        elsewhere=ELSEWHERE,
        facts=ledger_facts(decisions, studies),
        decisions=decision_lines(decisions, studies),
        studies=study_lines(studies),
    )
