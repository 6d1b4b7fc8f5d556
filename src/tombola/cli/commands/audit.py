"""`tombola audit`: is a ticket what it claims to be?"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from tombola.cli.commands.command import Flag


@dataclass(frozen=True)
class Audit:
    """Check a ticket or a run bit by bit: digests, counts, weights, zeros, statistics. Nothing is trained."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola audit runs/first/ticket",
        "tombola audit runs/first --json",
    )

    ticket: Annotated[Positional[str], arg(metavar="TICKET", help_behavior_hint="")]
    """A ticket, or the folder of a run."""
    json: Flag = False
    """Print one JSON object as the last line: whether it passed, and the findings."""

    def run(self) -> int:
        """Audit, and print the findings; the exit code is 1 where one fails."""
        from tombola.cli.actions import audit  # brings torch

        return 0 if audit.run(self) else 1
