"""Text for people: that commands neither a terminal nor a page, and begins as a sentence does."""

# Those of HTML by their names: not every Markdown takes a backslash before them.
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]|~#"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def printable(text: str) -> str:
    r"""The text with its control characters as escapes, also those that turn its direction; it may come from a file.

    >>> printable("\x1b[31mred"), printable("a\u202eb")
    ('\\x1b[31mred', 'a\\u202eb')
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def in_markdown(text: str) -> str:
    r"""The text on one line of Markdown, where nothing in it is a mark, a link or a tag.

    >>> in_markdown("a|b *c*\n<script>")
    'a\\|b \\*c\\*\\\\n&lt;script&gt;'
    """
    return printable(text).translate(_MARKS)


def capitalised(text: str) -> str:
    """The text with its first letter as a capital, and the others as they are.

    >>> capitalised("test accuracy of ImageNet"), capitalised("")
    ('Test accuracy of ImageNet', '')
    """
    return text[:1].upper() + text[1:]
