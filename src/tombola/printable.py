"""Text that commands neither a terminal nor a page."""


def printable(text: str) -> str:
    r"""The text with its control characters as escapes, also those that turn its direction; it may come from a file.

    >>> printable("\x1b[31mred"), printable("a\u202eb")
    ('\\x1b[31mred', 'a\\u202eb')
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
