"""Tickets by path: the file, or the folder that holds it."""

from pathlib import Path

from tombola.ticket import Ticket, load
from tombola.training import RunFolder
from tombola.verification.audit.given import not_a_run


def open_ticket(path: str) -> tuple[Path, Ticket]:
    """Path of the file, and the ticket in it.

    Raises:
        TicketError: where it is missing or damaged.
        UsageError: where it is a folder with no ticket in it; the message says what to give instead.
    """
    folder = Path(path)
    if not folder.is_dir():
        return folder, load(folder)
    file = RunFolder(folder).ticket
    if not file.exists():
        raise not_a_run(folder)
    return file, load(file)
