"""How results are written on standard output."""

import json
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tombola.cli.actions.search import FinishedSearch
from tombola.printable import printable
from tombola.report.words import bytes_text, loss_text, metric_text, metric_words

NARROWEST_IN_FILES = 120
Record = Mapping[str, Any]


def print_line(text: str) -> None:
    """One line, never wrapped, so that a path can be copied."""
    Console().print(Text(printable(text)), soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    print(json.dumps(value, allow_nan=False))


def print_table(table: Table) -> None:
    """A table as wide as the terminal, and not cut off where there is none."""
    console = Console()
    Console(width=None if console.is_terminal else max(console.width, NARROWEST_IN_FILES)).print(table)


def plain_table(*columns: tuple[str, bool]) -> Table:
    """A table with (heading, whether right-aligned) columns."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading, is_right in columns:
        table.add_column(Text(heading), justify="right" if is_right else "left", overflow="fold")
    return table


def comparison_table(result: Record) -> Table:
    """The ticket, in the first row and marked, and what it is compared with."""
    split, metric = result["evaluated_on"], result["metric"]
    names = (f"{split} {metric_words(metric)}", f"{split} loss")
    table = plain_table(("network", False), ("weights", False), *((name, True) for name in ("density", "kept", *names)))
    for index, row in enumerate(result["comparison"]):
        figures = (metric_text(metric, row[f"{split}_{metric}"]), loss_text(row[f"{split}_loss"]))
        name = f"{'▸' if index == 0 else ' '} {row['name']}"
        cells = (name, row["weights"], f"{row['density']:.4g}", f"{row['kept']:,}", *figures)
        table.add_row(*(Text(printable(cell)) for cell in cells), style="bold" if index == 0 else "")
    return table


def figures_text(figures: Record) -> str:
    """The metric and the loss on the split that the final figures are of."""
    split, metric = figures["evaluated_on"], figures["metric"]
    value, loss = figures[f"{split}_{metric}"], figures[f"{split}_loss"]
    return f"{split} {metric_words(metric)} {metric_text(metric, value)}, loss {loss_text(loss)}"


def mean_text(records: Sequence[Record]) -> str:
    """Mean and standard deviation of the metric over replicates."""
    split, metric = records[0]["evaluated_on"], records[0]["metric"]
    values = [record[f"{split}_{metric}"] for record in records]
    mean, deviation = (metric_text(metric, value) for value in (statistics.fmean(values), statistics.stdev(values)))
    return f"mean: {split} {metric_words(metric)} {mean} ± {deviation} (standard deviation of {len(values)} replicates)"


def sizes_text(sizes: Record) -> str:
    """The size of the ticket against the network's."""
    ticket, dense = sizes["ticket_bytes"], sizes["dense_fp32_bytes"]
    compared = f"{dense / ticket:.1f} times smaller" if dense >= ticket else "larger"
    return f"{bytes_text(ticket)}, {compared} than dense fp32 ({bytes_text(dense)})"


def paths_lines(outcome: FinishedSearch) -> list[str]:
    """Where things are."""
    folder = outcome.folder
    return [f"ticket  {folder.ticket}  {sizes_text(outcome.result['sizes'])}", f"report  {folder.report}"]
