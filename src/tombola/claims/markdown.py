"""The ledger as a page of Markdown."""

from collections.abc import Iterable, Iterator

from tombola.claims.claim import Decision
from tombola.claims.finding import Finding

HEAD = """# The ledger of claims

What the sources claim, and what our own runs say of it. Written by `tombola claims --markdown` from the records in
`results/`; how a claim is decided is said in [studies.md](studies.md).
"""


def as_markdown(decisions: Iterable[Decision]) -> str:
    """A table of all claims, then the evidence of those that have some."""
    given = tuple(decisions)
    lines = [HEAD, "| id | claim | verdict | scale | replicates |", "|---|---|---|---|---|"]
    lines += [_row(decision) for decision in given]
    for decision in given:
        lines += _evidence(decision)
    return "\n".join(lines) + "\n"


def _row(decision: Decision) -> str:
    replicates = str(decision.replicates) if decision.findings else ""
    name = f"[{decision.claim.id}](#{decision.claim.id.lower()})" if decision.findings else decision.claim.id
    cells = (name, _plain(decision.claim.text), f"**{decision.verdict}**", decision.scale or "", replicates)
    return f"| {' | '.join(cells)} |"


def _evidence(decision: Decision) -> Iterator[str]:
    if not decision.findings:
        return
    claim = decision.claim
    yield from ("", f"## {claim.id}", "", f"{claim.text} *({claim.source})*", "", f"Rule: {claim.rule}")
    if decision.reason:
        yield f"Here {decision.reason}."
    yield from ("", "| comparison | difference | 95% interval | replicates | says |", "|---|---|---|---|---|")
    yield from (_finding(finding) for finding in decision.findings)
    yield from ("", *(f"`{command}`" for command in decision.commands))


def _finding(finding: Finding) -> str:
    factor, unit = (100, " pp") if finding.is_percent else (1, "")
    difference = "" if finding.difference is None else f"{factor * finding.difference:+.2f}{unit}"
    ends = ""
    if finding.low is not None and finding.high is not None:
        ends = f"{factor * finding.low:+.2f} to {factor * finding.high:+.2f}"
    return f"| {_plain(finding.text)} | {difference} | {ends} | {finding.replicates} | {finding.outcome} |"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")
