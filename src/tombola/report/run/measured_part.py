"""What a method measured, on its run's page."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from tombola.report.downloads import csv_table
from tombola.report.figures import measured
from tombola.report.figures.measured import MeasuredGroup, MeasuredTable

_SHOWN = 200


@dataclass(frozen=True)
class MeasuredTablePart:
    """A table of texts: at most so many rows of it, and a file with all of them."""

    title: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int
    file: str


@dataclass(frozen=True)
class MeasuredPart:
    """What a page says of it."""

    groups: tuple[MeasuredGroup, ...]
    tables: tuple[MeasuredTablePart, ...]


def measured_part(figures: Mapping[str, JsonValue]) -> MeasuredPart | None:
    """What a method measured, ready for the page; None where it measured nothing that can be shown."""
    found = measured(figures)
    if not found:
        return None
    return MeasuredPart(found.groups, tuple(_table(table) for table in found.tables))


def _table(table: MeasuredTable) -> MeasuredTablePart:
    return MeasuredTablePart(
        table.title,
        table.columns,
        table.numeric,
        tuple(table.cells(row) for row in table.rows[:_SHOWN]),
        len(table.rows),
        csv_table(list(table.columns), table.rows),
    )
