"""`Claim`: what a source asserts, and the rule by which records decide it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from tombola.claims.evidence import PRESETS, Evidence
from tombola.claims.finding import Finding, FindingOutcome
from tombola.records.study_file import Extents

Verdict = Literal["confirmed", "refuted", "undecided"]


@dataclass(frozen=True)
class Claim:
    """One assertion.

    Args:
        id: as the ledger names it.
        text: what is asserted.
        source: who asserts it.
        rule: what is measured, and when that speaks for the claim.
        studies: whose records decide it.
        judge: finds what those records say, one finding a comparison.
        presets: whose runs may decide it, the largest first.
    """

    id: str
    text: str
    source: str
    rule: str
    studies: tuple[str, ...]
    judge: Callable[[Evidence], Iterable[Finding]]
    presets: tuple[str, ...] = PRESETS


@dataclass(frozen=True)
class Decision:
    """What the records say of a claim.

    Args:
        claim: that is decided.
        verdict: `confirmed` where every comparison speaks for it and nothing is missing, `refuted` where one
            speaks against it surely enough for their number, also of those that have nothing to compare yet;
            `undecided` else, and where replicates broke down of which others did not.
        findings: what it rests on.
        presets: of each study whose records were used.
        replicates: the fewest of any finding.
        commands: that run the studies.
        reason: what is missing.
    """

    claim: Claim
    verdict: Verdict
    findings: tuple[Finding, ...]
    presets: Mapping[str, str]
    replicates: int
    commands: tuple[str, ...]
    reason: str = ""

    @property
    def scale(self) -> str:
        """The presets of the studies whose records were used, each once; empty where there are none."""
        return ", ".join(dict.fromkeys(self.presets.values()))

    @property
    def tally(self) -> str:
        """What the comparisons say, counted: `8 for, 1 open`; empty where there are none."""
        counts = Counter(finding.outcome for finding in self.findings)
        return ", ".join(f"{counts[outcome]} {outcome}" for outcome in get_args(FindingOutcome) if counts[outcome])


def decide(claim: Claim, evidence: Evidence, expected: Extents | None = None) -> Decision:
    """Judge a claim by the records of its studies.

    Args:
        claim: that is decided.
        evidence: records, those of one study with one preset.
        expected: how many there would be of each study, where that is known.
    """
    presets = evidence.presets
    commands = tuple(
        f"tombola study {study} --preset {presets.get(study, claim.presets[-1])}" for study in claim.studies
    )
    asked = tuple(claim.judge(evidence))
    findings = tuple(finding for finding in asked if finding.replicates)
    replicates = min((finding.replicates for finding in findings), default=0)
    lost, reasons = [*_lost(evidence)], [*_missing(claim, evidence, expected or {})]
    if findings and len(findings) < len(asked):
        reasons.append(f"{len(asked) - len(findings)} of {len(asked)} comparisons have nothing to compare")
    against = sum(finding.outcome == "against" for finding in findings)
    refuted = any(finding.refutes_among(len(asked)) for finding in findings)
    if against and not refuted:
        reasons.append(f"{against} against, which among {len(asked)} comparisons may be chance")
    if not (findings or reasons or lost):
        reasons = ["without a comparison: the records do not hold what it takes"]
    is_whole = bool(findings) and not reasons
    verdict = _verdict(bool(lost), refuted, is_whole and all(finding.outcome == "for" for finding in findings))
    return Decision(claim, verdict, findings, evidence.presets, replicates, commands, "; ".join([*reasons, *lost]))


def _verdict(lost: bool, refuted: bool, confirmed: bool) -> Verdict:
    """Of means of what is left of a study nothing is said; one comparison refutes, all of a whole study confirm."""
    if lost:
        return "undecided"
    if refuted:
        return "refuted"
    return "confirmed" if confirmed else "undecided"


def _missing(claim: Claim, evidence: Evidence, expected: Extents) -> Iterator[str]:
    absent = [study for study in claim.studies if not evidence.of(study)]
    if absent:
        several = "s" * (len(absent) > 1)
        yield f"without records of the stud{'ies' if several else 'y'} {' and '.join(absent)}"
    if evidence.other and not evidence.records:
        yield f"{evidence.other} records of presets that decide nothing here, such as tiny"
    for study, preset in evidence.presets.items():
        own, extent = evidence.of(study).records, expected.get((study, preset))
        if extent is not None and (count := extent.recorded(own)) < extent.runs:
            yield f"with {count} of the {extent.runs} runs of {study}"


def _lost(evidence: Evidence) -> Iterator[str]:
    """Of which study's means only the replicates are left that did not break down: they say neither yes nor no."""
    for study in evidence.presets:
        if lost := evidence.of(study).lost:
            yield f"{lost} of the runs of {study} diverged or collapsed, and other replicates of them did not"
