"""`tombola claims`, done and shown."""

from pathlib import Path

from rich.text import Text

from tombola.claims import CLAIMS, Decision, Finding, decide_all, ledger, to_json
from tombola.claims.markdown import Image, MarkdownCell, MarkdownTable, as_markdown
from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.claims import Claims
from tombola.errors import UsageError, unknown_name
from tombola.files import write_bytes, write_text
from tombola.report import pictures, studies_in, tables
from tombola.report.figures.table import Table

DEFAULT = "results"
IMAGES = "images/claims"
STUDIES = "studies.md"  # of our own documentation, where the page stands beside it
STYLES = {
    "confirmed": "green",
    "refuted": "red",
    "undecided": "yellow",
    "for": "green",
    "against": "red",
    "open": "yellow",
}


def run(options: Claims) -> None:
    """Print the ledger."""
    known = [claim.id for claim in CLAIMS]
    if unknown := [name for name in options.only if name not in known]:
        raise unknown_name("claim", unknown[0], known)
    if options.json and (options.markdown or options.evidence):
        other = "--markdown" if options.markdown else "--evidence"
        raise UsageError(f"{other} and --json: expected one of the two; --json has the evidence too")
    folder = Path(options.folder)
    is_absent = options.folder == DEFAULT and not folder.is_dir()  # a ledger can be looked at before anything is run
    every = decide_all(()) if is_absent else ledger(options.folder)
    decisions = [each for each in every if not options.only or each.claim.id in options.only]
    if options.json:
        print_json([to_json(decision) for decision in decisions])
        return
    if options.markdown:
        _write(Path(options.markdown), decisions, folder)
        return
    _show(decisions)
    if options.evidence:
        for decision in decisions:
            _show_evidence(decision)


def _write(page: Path, decisions: list[Decision], folder: Path) -> None:
    """The page, and the pictures and tables it shows: of all studies, or of those that the claims asked for rest on."""
    asked = {study for decision in decisions for study in decision.claim.studies}
    has_records = any(decision.findings for decision in decisions)
    studies = studies_in(folder) if has_records else ()
    if len(decisions) < len(CLAIMS):
        studies = tuple(study for study in studies if study.part.name in asked)
    drawn = pictures(studies)
    shown: dict[str, list[Image | MarkdownTable]] = {}
    for picture in drawn:
        shown.setdefault(picture.study, []).append(Image(f"{IMAGES}/{picture.file}", picture.words))
    for each in tables(studies):
        shown.setdefault(each.study, []).append(MarkdownTable(each.words, each.table.columns, _rows(each.table)))
    shown = dict(sorted(shown.items()))
    guide = {"guide": f"[{STUDIES}]({STUDIES})"} if (page.parent / STUDIES).exists() else {}
    write_text(page, as_markdown(decisions, shown, **guide))  # first, since a wrong name is known by it
    for picture in drawn:
        write_bytes(page.parent / IMAGES / picture.file, picture.svg)
    print_line(f"ledger  {page}")


def _rows(table: Table) -> list[list[MarkdownCell]]:
    """The rows of a table, each published number small beneath ours."""
    return [
        [MarkdownCell(name), *(MarkdownCell(cell.text, cell.published) for cell in cells)] for name, cells in table.rows
    ]


def _show(decisions: list[Decision]) -> None:
    names = ("id", "claim", "verdict", "comparisons", "scale", "studies")
    table = plain_table(*((name, False) for name in names), ("replicates", True))
    for decision in decisions:
        verdict = Text(decision.verdict, style=STYLES[decision.verdict])
        replicates = str(decision.replicates) if decision.findings else ""
        claim, tally = decision.claim, decision.tally or "no records"
        studies = " ".join(claim.studies)
        table.add_row(claim.id, claim.text, verdict, tally, decision.scale, studies, replicates)
    print_table(table)
    print_line("a study again: `tombola study NAME --preset SCALE`; every comparison: `tombola claims --evidence`")


def _show_evidence(decision: Decision) -> None:
    print_line(f"{decision.claim.id}: {decision.claim.rule}")
    for finding in decision.findings:
        print_line(f"  {finding.outcome:8}{finding.text}{difference_text(finding)}")
    if decision.reason:
        print_line(f"  {decision.reason}")
    print_line(f"  again: {'; '.join(decision.commands)}")


def difference_text(finding: Finding) -> str:
    """The difference with its interval, in percentage points where the numbers are fractions.

    >>> difference_text(Finding("a over b", "for", 0.9, 0.8, 0.1, 0.05, 0.15, 3, "above"))
    ': +10.00 pp [+5.00, +15.00], 3 replicates'
    """
    if finding.difference is None:
        return ""
    ends = "" if finding.ends is None else f" [{', '.join(finding.ends)}]"
    return f": {finding.difference_text}{ends}, {finding.replicates} replicates"
