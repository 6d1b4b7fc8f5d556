"""`Claim`: what a source asserts, and the rule by which records decide it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tombola.claims.evidence import Evidence
from tombola.claims.finding import Finding
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
    """

    id: str
    text: str
    source: str
    rule: str
    studies: tuple[str, ...]
    judge: Callable[[Evidence], Iterable[Finding]]


@dataclass(frozen=True)
class Decision:
    """What the records say of a claim.

    Args:
        claim: that is decided.
        verdict: `confirmed` where every finding speaks for it, `refuted` where one speaks against it,
            else `undecided`.
        findings: what it rests on.
        scale: the preset of the studies whose records were used.
        replicates: the fewest of any finding.
        commands: that run the studies.
        reason: what is missing.
    """

    claim: Claim
    verdict: Verdict
    findings: tuple[Finding, ...]
    scale: str | None
    replicates: int
    commands: tuple[str, ...]
    reason: str = ""


def decide(claim: Claim, evidence: Evidence, expected: Extents | None = None) -> Decision:
    """Judge a claim by the records of its studies.

    Args:
        claim: that is decided.
        evidence: records with one preset.
        expected: how many there would be of each study, where that is known.
    """
    commands = tuple(f"tombola study {study} --preset {evidence.scale or 'laptop'}" for study in claim.studies)
    asked = tuple(claim.judge(evidence))
    findings = tuple(finding for finding in asked if finding.replicates)
    replicates = min((finding.replicates for finding in findings), default=0)
    reasons = [*_missing(claim, evidence, expected or {})]
    if findings and len(findings) < len(asked):
        reasons.append(f"{len(asked) - len(findings)} of {len(asked)} comparisons have nothing to compare")
    if not (findings or reasons):
        reasons = ["without a comparison: the records do not hold what it takes"]
    reason = "; ".join(reasons)
    return Decision(claim, _verdict(asked), findings, evidence.scale, replicates, commands, reason)


def _missing(claim: Claim, evidence: Evidence, expected: Extents) -> Iterator[str]:
    absent = [study for study in claim.studies if not evidence.of(study)]
    if absent:
        several = "s" * (len(absent) > 1)
        yield f"without records of the stud{'ies' if several else 'y'} {' and '.join(absent)}"
    if evidence.other and not evidence.records:
        yield f"{evidence.other} records of other presets, such as tiny, decide nothing"
    for study in claim.studies:
        own, extent = evidence.of(study).records, expected.get((study, evidence.scale or ""))
        if own and extent is not None and (count := extent.recorded(each.seed for each in own)) < extent.runs:
            yield f"with {count} of the {extent.runs} runs of {study}"


def _verdict(findings: Sequence[Finding]) -> Verdict:
    outcomes = {finding.outcome for finding in findings}
    if "against" in outcomes:
        return "refuted"
    return "confirmed" if outcomes == {"for"} else "undecided"
