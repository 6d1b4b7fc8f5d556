"""A figure's data as a file inside the page."""

import base64
import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any


def csv_link(rows: Iterable[Any]) -> str:
    """Rows of one dataclass as the address of a CSV file; no rows give an empty one.

    >>> from tombola.report.figures import HistogramBin
    >>> csv_link([HistogramBin(0.0, 0.5, 3, 1)])
    'data:text/csv;base64,bG93LGhpZ2gsa2VwdCxyZW1vdmVkDQowLjAsMC41LDMsMQ0K'
    """
    rows = list(rows)
    buffer = io.StringIO()
    if rows:
        writer = csv.DictWriter(buffer, [field.name for field in fields(rows[0])])
        writer.writeheader()
        writer.writerows(map(asdict, rows))
    return data_uri(buffer.getvalue().encode(), "text/csv")


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that needs no network.

    >>> data_uri(b"tombola", "text/plain")
    'data:text/plain;base64,dG9tYm9sYQ=='
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
