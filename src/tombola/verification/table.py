"""A verdict as plain text that fits 80 columns."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from tombola.verification.definition import Definition
from tombola.verification.evidence import Evidence

WIDTH = 80
COLUMNS = "{:<12} {:>9} {:>9} {:>10} {:>22} {:>3} {:<9}"


def as_table(verdict: str, definition: Definition, evidence: Sequence[Evidence]) -> str:
    """The verdict, what it means, and a line a comparison, grouped by control.

    Args:
        verdict: one of its three words.
        definition: what winning means.
        evidence: rows; those of one control next to each other.
    """
    lines = [f"{definition.name}: {verdict}", *textwrap.wrap(definition.title, WIDTH), ""]
    lines.append(COLUMNS.format("", "ticket", "control", "difference", _level(evidence), "n", "").rstrip())
    for control, rows in groupby(evidence, key=lambda row: row.control):
        lines += _of_control(control, list(rows))
    lines += ["", "* a condition of the definition; difference = ticket - control; n replicates"]
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """At most nine characters.

    >>> [number(value) for value in (0.98123, 48000.0, -0.000012345, 0.0)]
    ['0.9812', '48000', '-1.23e-05', '0']
    """
    size = abs(value)
    if size == 0 or 0.001 <= size < 1000:
        return f"{value:.4g}"
    return f"{value:.0f}" if 1000 <= size < 1e7 else f"{value:.2e}"


def _of_control(control: str, rows: list[Evidence]) -> Iterator[str]:
    kept = " or ".join(f"{count:,}" for count in rows[0].kept[:3])
    yield from textwrap.wrap(f"{control} ({kept} weights)" if kept else control, WIDTH)
    for row in rows:
        yield from _of_row(row)


def _of_row(row: Evidence) -> Iterator[str]:
    name = f"{' ' if row.condition is None else '*'} {row.measure or row.outcome}"
    found = row.paired
    if found is None:
        yield name if row.measure is None else f"{name:<12} {row.outcome}"
    else:
        ends = f"{number(found.interval.low)} to {number(found.interval.high)}"
        values = map(number, (found.mean_ticket, found.mean_control, found.difference))
        yield COLUMNS.format(name, *values, ends, found.n, row.outcome).rstrip()
    yield from textwrap.wrap(row.reason, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _level(evidence: Sequence[Evidence]) -> str:
    levels = {row.paired.interval.level for row in evidence if row.paired}
    return " or ".join(f"{100 * level:g}%" for level in sorted(levels)) + " interval" if levels else "interval"
