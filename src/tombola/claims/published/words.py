"""Published numbers of tickets, in words for people."""

from tombola.claims.published.number import Published


def in_words(theirs: Published) -> str:
    """What a number is of, the number, and how sure it is where it is not the authors' own text.

    >>> in_words(Published("a", "b", {}, 0.003, "c", "third party", "gain over dense", at_least=True))
    'published gain over dense: more than +0.30 pp, third party'
    >>> in_words(Published("a", "b", {}, 0.62, "c", "author", "iterations over dense"))
    'published iterations over dense: 62%'
    >>> in_words(Published("a", "b", {}, 0.0517, "c", "author", "sparsest above dense"))
    'published sparsest above dense: 0.0517'
    """
    value = f"{theirs.value:.0%}" if theirs.quantity.startswith("iterations") else f"{theirs.value:.3g}"
    value = f"{100 * theirs.value:+.2f} pp" if theirs.quantity.startswith("gain") else value
    bound = "more than " if theirs.at_least else ""
    certainty = "" if theirs.certainty == "author" else f", {theirs.certainty}"
    return f"published {theirs.quantity}: {bound}{value}{certainty}"
