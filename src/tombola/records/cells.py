"""Cells of tables that a spreadsheet may open."""

from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of one


def spreadsheet_cell(value: Any) -> Any:
    """A text that would be run as a formula, with an apostrophe before it; anything else as it is.

    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("kaiming-normal"), spreadsheet_cell(-0.5)
    ("'=1+1", 'kaiming-normal', -0.5)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
