"""Tickets by path: the file, or the run folder that holds it."""

from pathlib import Path

from tombola.ticket import Ticket, load
from tombola.training import RunFolder


def open_ticket(path: str) -> tuple[Path, Ticket]:
    """Path of the file, and the ticket in it.

    Raises:
        TicketError: where it is missing or damaged.
    """
    file = RunFolder(Path(path)).ticket if Path(path).is_dir() else Path(path)
    return file, load(file)
