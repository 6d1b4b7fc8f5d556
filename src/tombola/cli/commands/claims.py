"""`tombola claims`: what the records say of the sources' claims."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from tombola.cli.commands.command import Flag


@dataclass(frozen=True)
class Claims:
    """Show every claim with its verdict: confirmed, refuted or undecided, and what it rests on."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola claims",
        "tombola claims results --only W1 W2 --evidence",
        "tombola claims --json",
        "tombola claims --markdown docs/claims.md",
    )

    folder: Annotated[Positional[str], arg(metavar="FOLDER", help_behavior_hint="(default: results)")] = "results"
    """Of the records of studies."""
    only: Annotated[tuple[str, ...], arg(metavar="CLAIM ...", help_behavior_hint="")] = ()
    """These claims alone."""
    evidence: Flag = False
    """Show every comparison with its interval."""
    markdown: Annotated[str | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """Write the ledger as a page of Markdown, with its figures in images/claims beside it."""
    json: Flag = False
    """Print one JSON list: id, verdict, scale, replicates, command, evidence."""

    def run(self) -> None:
        """Judge the claims and print the ledger.

        Raises:
            TombolaError: whose sentence is all that the user sees.
        """
        from tombola.cli.actions import claims

        claims.run(self)
