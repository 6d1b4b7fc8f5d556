"""A figure's data as a file inside the page."""

import base64
import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from tombola.records.cells import spreadsheet_cell


def csv_link(rows: Iterable[Any]) -> str:
    """Rows of one dataclass as the address of a CSV file; what no row has is no column, no rows give an empty file.

    >>> from tombola.report.figures import HistogramBin
    >>> csv_link([HistogramBin(0.0, 0.5, 3, 1)])
    'data:text/csv;base64,bG93LGhpZ2gsa2VwdCxyZW1vdmVkDQowLjAsMC41LDMsMQ0K'
    """
    found = [asdict(row) for row in rows]
    filled = {name for row in found for name, value in row.items() if value is not None}
    return csv_table([name for name in found[0] if name in filled] if found else [], found)


def csv_table(columns: list[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows of the given columns as the address of a CSV file.

    >>> csv_table(["slot"], [{"slot": 3, "uses": 1}])
    'data:text/csv;base64,c2xvdA0KMw0K'
    """
    buffer = io.StringIO()
    if columns:
        writer = csv.writer(buffer)
        writer.writerow(map(spreadsheet_cell, columns))
        writer.writerows([spreadsheet_cell(row.get(name, "")) for name in columns] for row in rows)
    return data_uri(buffer.getvalue().encode(), "text/csv")


def data_uri(content: bytes, kind: str) -> str:
    """Bytes as an address that needs no network.

    >>> data_uri(b"tombola", "text/plain")
    'data:text/plain;base64,dG9tYm9sYQ=='
    """
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
