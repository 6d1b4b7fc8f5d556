"""The ticket, mask and initial weights and where they came from, as a value and as a file."""

from tombola.ticket.architecture import JSON, Architecture
from tombola.ticket.load import load
from tombola.ticket.reader import decode
from tombola.ticket.ticket import Ticket

__all__ = ["JSON", "Architecture", "Ticket", "decode", "load"]
