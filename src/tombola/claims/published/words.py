"""Published numbers of tickets, in words for people."""

from tombola.claims.published.number import Published


def in_words(theirs: Published) -> str:
    """What a number of a ticket is of, the number, and how sure it is where it is not the authors' own text.

    >>> in_words(Published("a", "b", {}, 0.003, "c", "third party", beside="dense", at_least=True))
    'published gain over dense: more than +0.30 pp, third party'
    >>> in_words(Published("a", "b", {}, 0.62, "c", "author", "iterations", beside="dense"))
    'published iterations over dense: 62%'
    >>> in_words(Published("a", "b", {}, 0.029, "c", "author", change="the ticket falls below dense"))
    'published density where the ticket falls below dense: 0.029'
    """
    bound = "more than " if theirs.at_least else ""
    certainty = "" if theirs.certainty == "author" else f", {theirs.certainty}"
    return f"published {theirs.name}: {bound}{_value(theirs)}{certainty}"


def _value(theirs: Published) -> str:
    if theirs.change is not None:
        return f"{theirs.value:.3g}"
    if theirs.is_share:
        return f"{theirs.value:.0%}"
    return f"{100 * theirs.value:+.2f} pp" if theirs.beside is not None else f"{100 * theirs.value:.2f}%"
