"""The ledger: every claim with what the records say of it."""

from collections.abc import Iterable
from typing import Any

from tombola.claims import lottery_ticket, supermasks, whats_hidden
from tombola.claims.claim import Claim, Decision, decide
from tombola.claims.evidence import Evidence
from tombola.claims.published import Published, published
from tombola.records import StudyRecord
from tombola.records.study_file import Extents

CLAIMS: tuple[Claim, ...] = (*whats_hidden.CLAIMS, *lottery_ticket.CLAIMS, *supermasks.CLAIMS)

SMALL = ("tiny", "laptop")  # presets that run in seconds and in hours

ELSEWHERE = "Claims on theory (W11, W12, W14, T1) and on training dynamics (D1 to D13) are not decided yet."


def ledger(records: Iterable[StudyRecord], expected: Extents | None = None) -> tuple[Decision, ...]:
    """Decide every claim.

    Args:
        records: of any studies.
        expected: how much a study is with a preset, where that is known: a decision says what is missing.
    """
    given = tuple(records)
    return tuple(
        decide(claim, Evidence.among(given, claim.studies, expected, claim.presets), expected) for claim in CLAIMS
    )


def published_beside(record: StudyRecord, quantity: str = "accuracy") -> Published | None:
    """What was published for the place of a record in its study.

    None where its preset makes the study small, and with it decides no claim: such runs are of other data or networks.
    """
    decides = any(record.study in claim.studies and record.preset in claim.presets for claim in CLAIMS)
    is_other = record.preset in SMALL and not decides
    return None if is_other else published(record.study, record.arm, record.point, quantity)


def to_json(decision: Decision) -> dict[str, Any]:
    """A decision as JSON."""
    claim = decision.claim
    return {
        "id": claim.id,
        "claim": claim.text,
        "source": claim.source,
        "rule": claim.rule,
        "verdict": decision.verdict,
        "scale": decision.scale or None,
        "replicates": decision.replicates,
        "command": "; ".join(decision.commands),
        "reason": decision.reason,
        "evidence": [finding.to_json() for finding in decision.findings],
    }
