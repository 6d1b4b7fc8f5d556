"""The ledger as a page of Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tombola.claims.claim import Decision
from tombola.claims.finding import Finding
from tombola.claims.ledger import ELSEWHERE
from tombola.printable import capitalised, in_markdown

HEAD = """# The ledger of claims

What the sources claim, and what our own runs say of it. Written by `tombola claims --markdown` from the records in
`results/`; how a claim is decided is said in {guide}. The commands find data by its name; a copy of your own is given
with `--data`, as `--data cifar10=data/cifar10`; if it is another than the records are of, give `--results` too.
{elsewhere}
"""
GUIDE = "`docs/studies.md` of tombola"


@dataclass(frozen=True)
class Image:
    """One picture of a study: the address of its file, and what it shows."""

    address: str
    words: str


class MarkdownCell(NamedTuple):
    """One cell of a table: its text, and what is small beneath it."""

    text: str
    beneath: str = ""


@dataclass(frozen=True)
class MarkdownTable:
    """One table of a study: what it shows, the heads of its columns, and its rows."""

    words: str
    columns: Sequence[str]
    rows: Sequence[Sequence[MarkdownCell]]


Shown = Mapping[str, Sequence[Image | MarkdownTable]]  # by study


def as_markdown(decisions: Iterable[Decision], shown: Shown | None = None, guide: str = GUIDE) -> str:
    """A table of all claims, then the evidence of each, and pictures and tables of the studies they rest on.

    Args:
        decisions: of the ledger.
        shown: pictures and tables by study.
        guide: where it is said how a claim is decided.
    """
    given, studies = tuple(decisions), shown or {}
    lines = [
        HEAD.format(guide=guide, elsewhere=ELSEWHERE),
        "| id | claim | verdict | comparisons | scale | replicates |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(decision) for decision in given]
    for decision in given:
        lines += _evidence(decision, studies)
    for study, parts in studies.items():
        lines += ["", f"## {in_markdown(study)}", *(line for part in parts for line in ("", *_part(part)))]
    return "\n".join(lines) + "\n"


def _row(decision: Decision) -> str:
    replicates = str(decision.replicates) if decision.findings else ""
    name = f"[{decision.claim.id}](#{decision.claim.id.lower()})"
    claim = decision.claim.text.replace("|", "\\|")
    cells = (name, claim, f"**{decision.verdict}**", decision.tally, decision.scale, replicates)
    return _line(cells)


def _part(part: Image | MarkdownTable) -> Iterator[str]:
    if isinstance(part, Image):
        yield f"![{in_markdown(part.words)}]({part.address})"
        return
    heads = _line(map(in_markdown, part.columns))
    yield from (in_markdown(part.words), "", heads, _line(["---"] * len(part.columns)))
    yield from (_line(map(_cell, row)) for row in part.rows)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: MarkdownCell) -> str:
    beneath = f"<br><sub>{in_markdown(cell.beneath)}</sub>" if cell.beneath else ""
    return in_markdown(cell.text) + beneath


def _evidence(decision: Decision, studies: Shown) -> Iterator[str]:
    claim = decision.claim
    yield from ("", f"## {claim.id}", "", f"{claim.text} *({claim.source})*", "", f"Rule: {claim.rule}")
    yield from ("", f"{capitalised(decision.reason)}.") if decision.reason else ()
    if decision.findings:
        yield from ("", "| comparison | difference | 95% interval | replicates | says |", "|---|---|---|---|---|")
        yield from (_finding(finding) for finding in decision.findings)
    yield from ("", "```sh", *decision.commands, "```")
    shown = [study for study in claim.studies if studies.get(study)]
    yield from ("", "Figures and tables: " + ", ".join(f"[{study}](#{study})" for study in shown)) if shown else ()


def _finding(finding: Finding) -> str:
    ends = " to ".join(finding.ends or ())
    text = in_markdown(finding.text)
    return _line((text, finding.difference_text, ends, str(finding.replicates), finding.outcome))
