"""The ledger: every claim with what the records say of it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tombola.claims import lottery_ticket, supermasks, whats_hidden
from tombola.claims.claim import Claim, Decision, decide
from tombola.claims.evidence import Evidence
from tombola.claims.published import Published, published, published_along, published_levels
from tombola.errors import RunFolderError
from tombola.records import StudyRecord
from tombola.records.results_folder import extents, read_records
from tombola.records.study_file import Extents

CLAIMS: tuple[Claim, ...] = (*whats_hidden.CLAIMS, *lottery_ticket.CLAIMS, *supermasks.CLAIMS)

SMALL = ("tiny", "laptop")  # presets that run in seconds and in hours

ELSEWHERE = "Claims on theory (W11, W12, W14, T1) and on training dynamics (D1 to D13) are not decided yet."


def ledger(folder: str | Path = "results") -> tuple[Decision, ...]:
    """Every claim of the sources, with what the records of studies in a folder say of it.

    Args:
        folder: of all studies' records.

    Raises:
        UsageError: where that is no path.
        RunFolderError: where there is no such folder, it holds no records, or one is damaged.
    """
    records = read_records(folder)
    if not records:
        raise RunFolderError(f"{folder} holds no records of studies: `tombola study` makes them")
    return decide_all(records, extents(Path(folder)))


def decide_all(records: Iterable[StudyRecord], expected: Extents | None = None) -> tuple[Decision, ...]:
    """Decide every claim by some records.

    Args:
        records: of any studies.
        expected: how much a study is with a preset, where that is known: a decision says what is missing.

    >>> first = decide_all(())[0]
    >>> first.claim.id, first.verdict, first.reason
    ('W1', 'undecided', 'without records of the studies density-lenet and density')
    """
    given = tuple(records)
    return tuple(
        decide(claim, Evidence.among(given, claim.studies, expected, claim.presets), expected) for claim in CLAIMS
    )


def published_beside(record: StudyRecord, quantity: str = "accuracy") -> Published | None:
    """What was published for the place of a record in its study.

    None where its preset makes the study small, and with it decides no claim: such runs are of other data or networks.
    """
    return None if _is_other(record) else published(record.study, record.arm, record.point, quantity)


def published_over(record: StudyRecord, axis: str, quantity: str = "accuracy") -> dict[Any, Published]:
    """What was published for the place of a record at every value of one axis, ours or not; of no small preset."""
    return {} if _is_other(record) else published_along(record.study, record.arm, record.point, axis, quantity)


def published_tickets(record: StudyRecord) -> tuple[Published, ...]:
    """What was published of the tickets of a run that has one a level; of no small preset."""
    return () if _is_other(record) else published_levels(record.study, record.arm, record.point)


def _is_other(record: StudyRecord) -> bool:
    decides = any(record.study in claim.studies and record.preset in claim.presets for claim in CLAIMS)
    return record.preset in SMALL and not decides


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
