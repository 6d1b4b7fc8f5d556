"""What mark a word of a verdict has on a page: a colour and a sign."""

from typing import Literal

Mark = Literal["good", "bad", "open", "none"]

MARKS: dict[str, Mark] = {
    # of a claim, and of a comparison that bears on it
    "confirmed": "good",
    "refuted": "bad",
    "undecided": "open",
    "for": "good",
    "against": "bad",
    "open": "open",
    # of a ticket, and of a condition of its definition
    "winning": "good",
    "not winning": "bad",
    "holds": "good",
    "better": "good",
    "fails": "bad",
    "worse": "bad",
    "not applicable": "none",
}


def mark(word: str) -> Mark:
    """The mark of a word; what is neither good nor bad, such as `undecided`, is open.

    >>> mark("winning"), mark("similar")
    ('good', 'open')
    """
    return MARKS.get(word, "open")
