"""The claims of the sources, and how records decide them; nothing here runs anything."""

from tombola.claims.claim import Claim, Decision, decide
from tombola.claims.evidence import Evidence
from tombola.claims.finding import Finding, compare, fact
from tombola.claims.ledger import CLAIMS, ELSEWHERE, decide_all, ledger, to_json
from tombola.claims.table import results

__all__ = [
    "CLAIMS",
    "ELSEWHERE",
    "Claim",
    "Decision",
    "Evidence",
    "Finding",
    "compare",
    "decide",
    "decide_all",
    "fact",
    "ledger",
    "results",
    "to_json",
]
