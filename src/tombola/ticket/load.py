"""Tickets from disk."""

from pathlib import Path

from tombola.errors import TicketError
from tombola.ticket.container import check_length
from tombola.ticket.reader import decode
from tombola.ticket.ticket import Ticket


def load(path: Path | str) -> Ticket:
    """The ticket in the file at `path`, checked against every digest it carries.

    Args:
        path: a file of `Ticket.save`.

    Raises:
        TicketError: where there is no such file, or `decode` refuses what is in it.

    >>> load("missing.ticket")
    Traceback (most recent call last):
    ...
    tombola.errors.TicketError: missing.ticket: there is no such file
    """
    if not isinstance(path, str | Path):
        raise TicketError(f"expected the path of a ticket file, got {type(path).__name__}")
    try:
        return decode(_content(Path(path)))
    except TicketError as error:
        raise TicketError(f"{path}: {error}") from error


def _content(path: Path) -> bytes:
    try:
        if path.is_file():
            with path.open("rb") as file:
                check_length(file)
                return file.read()
    except OSError as error:
        raise TicketError(f"cannot be read: {error.strerror}") from error
    except MemoryError as error:
        raise TicketError("cannot be read: it does not fit into memory") from error
    if path.is_dir():
        raise TicketError("this is a folder: expected a ticket file")
    raise TicketError("this is not an ordinary file" if path.exists() else "there is no such file")
