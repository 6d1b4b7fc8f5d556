"""Text that cannot command the terminal."""


def printable(text: str) -> str:
    r"""The text with its control characters as escapes; names in it may come from a file.

    >>> printable("\x1b[31mred")
    '\\x1b[31mred'
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
