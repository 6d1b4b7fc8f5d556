"""`tombola show`: what a ticket is."""

from dataclasses import dataclass
from typing import ClassVar

from tyro.conf import Positional

from tombola.cli.commands.command import Flag


@dataclass(frozen=True)
class Show:
    """Show what a ticket is: network, weights, density per layer, sizes, digests, what made it."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola show runs/first/ticket",
        "tombola show runs/first --json",
    )

    ticket: Positional[str]
    """A ticket file, or the folder of a run."""
    json: Flag = False
    """Print all of it as one JSON object."""
    quiet: Flag = False
    """Print the ticket's digest alone."""

    def run(self) -> None:
        """Read the ticket and print it.

        Raises:
            TicketError: where it is missing or damaged.
        """
        from tombola.cli.actions import ticket_page  # brings torch
        from tombola.cli.actions.tickets import open_ticket

        path, found = open_ticket(self.ticket)
        if self.json:
            ticket_page.print_json(ticket_page.describe(path, found))
        elif self.quiet:
            ticket_page.print_line(found.digest)
        else:
            ticket_page.print_page(path, found)
