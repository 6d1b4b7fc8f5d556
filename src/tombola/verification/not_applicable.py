"""The error of a control that cannot be made of a ticket."""

from tombola.errors import UsageError


class NotApplicable(UsageError):  # noqa: N818 # it is an answer, reported beside the measured ones
    """This ticket has no such control; the message is one sentence of reason, which is part of the evidence."""
