"""`tombola results`, done and shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from tombola.claims.table import table
from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.results import Results
from tombola.cli.parsing.pairs import pairs
from tombola.errors import RunFolderError, UsageError, unknown_name
from tombola.files import write_bytes
from tombola.printable import printable
from tombola.records.averaging import PLACES, averaged
from tombola.records.cells import spreadsheet_cell
from tombola.records.frame import axes
from tombola.records.matching import matched
from tombola.records.results_folder import read_records
from tombola.records.spelling import in_order

if TYPE_CHECKING:
    import pandas as pd

FIGURES = (
    "density",
    "test_accuracy",
    "test_accuracy_mean_over_draws",
    "published",
    "published_certainty",
    "test_loss",
    "validation_accuracy",
    "seconds",
)
MOST_LISTED = 12


def run(options: Results) -> None:
    """Print the rows that were asked for, or write them to a file."""
    if options.export and options.json:
        raise UsageError("--export writes the rows and --json prints them: expected one of the two")
    records = read_records(options.folder)
    if not records:
        raise RunFolderError(f"{options.folder} holds no records of studies: `tombola study` makes them")
    rows = _filtered(table(records), options)
    named = axes(records)
    rows = averaged(rows, [record.whole_place for record in records], named) if options.mean else rows
    varied = [name for name in named if name not in FIGURES and _differs(rows[name])]
    rows = _sorted(rows, varied, options)
    if rows["study"].nunique() > 1:  # of many studies many axes: in one column
        rows, varied = rows.assign(axes=_joined(rows[varied])), ["axes"]
    chosen = _chosen(rows, varied, options.columns)
    if options.export:
        _export(chosen if options.columns else rows, Path(options.export))
        print_line(f"{len(rows)} rows  {options.export}")
        return
    if options.json:
        shown = chosen if options.columns else _with_spreads(chosen, rows)
        print_json(_as_rows(shown))
        return
    _show(chosen, rows)


def _show(shown: "pd.DataFrame", rows: "pd.DataFrame") -> None:
    cells = _with_certainties(_with_deviations(shown, rows))
    lines = plain_table(*((printable(name), shown[name].dtype.kind in "if") for name in cells.columns))
    for values in cells.itertuples(index=False):
        lines.add_row(*(Text(printable(_text(value))) for value in values))
    print_table(lines)


def _filtered(frame: "pd.DataFrame", options: Results) -> "pd.DataFrame":
    import pandas as pd

    left = frame
    for name, asked in pairs("--where", options.where).items():
        _check(frame, name)
        found = matched(frame[name], asked)
        if found.missing:
            raise UsageError(f"no record has {name}={found.missing[0]}: {name} is {_occurring(frame[name])}")
        there = left
        left = there[pd.Series(found.are_asked, frame.index).loc[there.index]]
        if left.empty:
            raise UsageError(f"no record has {' and '.join(options.where)}: {name} is {_occurring(there[name])}")
    return left


def _occurring(column: Any) -> str:
    occurring = list(dict.fromkeys(map(str, sorted(column.dropna(), key=in_order))))
    listed = ", ".join(occurring[:MOST_LISTED]) + (", …" if len(occurring) > MOST_LISTED else "")
    return listed or "nowhere given"


def _sorted(frame: "pd.DataFrame", varied: Sequence[str], options: Results) -> "pd.DataFrame":
    if options.sort is not None:
        _check(frame, options.sort)
        return frame.sort_values(options.sort, ascending=not options.descending, kind="stable", key=_comparable)
    if options.descending:
        raise UsageError("--descending is of --sort: give a column, such as --sort test_accuracy")
    by = [name for name in (*PLACES, *varied, "density", "seed") if name in frame]
    return frame.sort_values(by, key=_comparable)


def _comparable(column: Any) -> Any:
    """The places of values among those of several kinds, numbers before text; what is missing has none."""
    ordered = sorted({in_order(value) for value in column.dropna()})
    places = {key: place for place, key in enumerate(ordered)}
    return column.map(lambda value: places[in_order(value)], na_action="ignore")


def _chosen(frame: "pd.DataFrame", varied: Sequence[str], columns: Sequence[str]) -> "pd.DataFrame":
    """The columns asked for; by default the places and the axes in which the rows differ, and the figures."""
    for name in columns:
        _check(frame, name)
    if columns:
        return frame[list(dict.fromkeys(columns))]
    outcome = [] if set(frame["outcome"]) == {"finished"} else ["outcome"]
    places = [name for name in PLACES if _differs(frame[name])]
    figures = [name for name in FIGURES if name in frame and frame[name].notna().any()]
    figures = [name for name in figures if name != "validation_accuracy" or "test_accuracy" not in figures]
    counts = [name for name in ("seed", "replicates") if name in frame]
    return frame[[*places, *varied, *counts, *outcome, *figures]]


def _with_spreads(chosen: "pd.DataFrame", rows: "pd.DataFrame") -> "pd.DataFrame":
    """Means as numbers, each with its standard deviation in a column behind it."""
    pairs = ((name, f"{name} std") for name in map(str, chosen))
    return rows[list(dict.fromkeys(each for pair in pairs for each in pair if each in rows))]


def _with_deviations(shown: "pd.DataFrame", rows: "pd.DataFrame") -> "pd.DataFrame":
    """Means as text, with their standard deviations."""
    shown = shown.copy()
    for name in shown.columns:
        if f"{name} std" in rows and name not in ("density", "seconds"):
            pairs = zip(shown[name], rows[f"{name} std"], strict=True)
            shown[name] = [_text(mean) + (f" ± {spread:.2g}" if spread == spread else "") for mean, spread in pairs]
    return shown


def _with_certainties(shown: "pd.DataFrame") -> "pd.DataFrame":
    """Published values as text, with how sure they are."""
    if not {"published", "published_certainty"} <= set(shown):
        return shown
    pairs = zip(shown["published"], shown["published_certainty"], strict=True)
    told = [f"{_text(value)}, {certainty}" if value == value else "" for value, certainty in pairs]
    return shown.drop(columns="published_certainty").assign(published=told)


def _joined(values: "pd.DataFrame") -> list[str]:
    """The values that a row has, with the last parts of their names."""
    names = [str(name).rpartition(".")[2] for name in values]
    rows = (zip(names, row, strict=True) for row in values.itertuples(index=False))
    return [" ".join(f"{name}={_text(value)}" for name, value in row if _text(value)) for row in rows]


def _differs(column: Any) -> bool:
    return bool(column.map(str).nunique() > 1)


def _check(frame: "pd.DataFrame", name: str) -> None:
    if name not in frame:
        raise unknown_name("column", name, list(frame.columns))


def _as_rows(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Numbers with all their digits, and nothing where one is missing."""
    rows = frame.to_dict(orient="records")
    return [{str(name): None if value != value else value for name, value in row.items()} for row in rows]


def _export(frame: "pd.DataFrame", path: Path) -> None:
    writers = {".csv": _as_csv, ".parquet": _as_parquet}
    if path.suffix not in writers:
        raise UsageError(f"--export {path}: expected a name that ends with .csv or .parquet")
    write_bytes(path, writers[path.suffix](frame))


def _as_csv(frame: "pd.DataFrame") -> bytes:
    cells = frame.rename(columns=spreadsheet_cell)
    text: str = cells.apply(lambda column: column.map(spreadsheet_cell)).to_csv(index=False)
    return text.encode()


def _as_parquet(frame: "pd.DataFrame") -> bytes:
    """A column is of one kind there: what has several is text."""
    alike = frame.apply(lambda column: column.map(_as_text) if column.dtype == object else column)
    content: bytes = alike.to_parquet(index=False)
    return content


def _as_text(value: Any) -> str | None:
    return None if value is None or value != value else str(value)


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value)
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
