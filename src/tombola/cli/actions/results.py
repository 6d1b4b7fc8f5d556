"""`tombola results`, done and shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tombola.cli.actions.printing import plain_table, print_line, print_table
from tombola.cli.commands.results import Results
from tombola.cli.parsing.pairs import value_pairs
from tombola.cli.printable import printable
from tombola.errors import RunFolderError, UsageError, unknown_name
from tombola.files import write_bytes
from tombola.records.frame import results

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("study", "preset", "arm")
FIGURES = ("density", "test_accuracy", "test_loss", "validation_accuracy", "seconds")
NOT_AXES = {*PLACES, *FIGURES, "seed", "replicates", "outcome", "id", "finished", "kept", "prunable", "chosen_epoch"}
MOST_LISTED = 12
TIMES = ("seconds", "train_seconds", "step_seconds")
OF_ONE = ("seed", "weights.seed", "id", "finished", "chosen_epoch", "kept")  # of one run, whatever the others came to
NOT_AXES |= {"train_seconds", "step_seconds", "protocol", "validation_fraction", "include", "exclude", "compare"}


def run(options: Results) -> None:
    """Print the rows that were asked for, or write them to a file."""
    frame = results(options.folder)
    if frame.empty:
        raise RunFolderError(f"{options.folder} holds no records of studies: `tombola study` makes them")
    rows = _filtered(frame, options)
    rows = _sorted(averaged(rows) if options.mean else rows, options)
    if options.export:
        _export(_chosen(rows, options.columns) if options.columns else rows, Path(options.export))
        print_line(f"{len(rows)} rows  {options.export}")
        return
    shown = _chosen(rows, options.columns)
    if options.json:
        print(shown.to_json(orient="records", double_precision=15))
        return
    table = plain_table(*((name, shown[name].dtype.kind in "if") for name in shown.columns))
    for values in _with_deviations(shown, rows).itertuples(index=False):
        table.add_row(*(printable(_text(value)) for value in values))
    print_table(table)


def averaged(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Rows that differ in nothing but the seed and what came out, as one: means, and deviations as `NAME std`."""
    import pandas as pd

    names = [str(name) for name in frame]
    outcome = [name for name in names if name.startswith(("test_", "validation_")) or name in ("density", *TIMES)]
    fixed = [name for name in names if name not in (*outcome, *OF_ONE) and not name.startswith("seeds.")]
    groups = frame.groupby(fixed, dropna=False, sort=False)
    numbers = [name for name in outcome if frame[name].dtype.kind in "if"]
    means, deviations = groups[numbers].mean(), groups[numbers].std().add_suffix(" std")
    return pd.concat([means, deviations, groups.size().rename("replicates")], axis=1).reset_index()


def _filtered(frame: "pd.DataFrame", options: Results) -> "pd.DataFrame":
    for name, value in value_pairs("--where", options.where).items():
        _check(frame, name)
        found = frame[frame[name].map(lambda cell, value=value: cell == value or str(cell) == str(value))]
        if found.empty:
            occurring = sorted(set(frame[name].dropna().map(str)))
            listed = ", ".join(occurring[:MOST_LISTED]) + (", …" if len(occurring) > MOST_LISTED else "")
            raise UsageError(f"no record has {' and '.join(options.where)}: {name} is {listed or 'nowhere given'}")
        frame = found
    return frame


def _sorted(frame: "pd.DataFrame", options: Results) -> "pd.DataFrame":
    if options.sort is not None:
        _check(frame, options.sort)
        return frame.sort_values(options.sort, ascending=not options.descending, kind="stable")
    by = [name for name in (*PLACES, *_axes(frame), "density", "seed") if name in frame]
    return frame.sort_values(by, key=lambda column: column if column.dtype.kind in "if" else column.map(str))


def _chosen(frame: "pd.DataFrame", columns: Sequence[str]) -> "pd.DataFrame":
    """The columns asked for; by default those in which the rows differ, and the figures."""
    for name in columns:
        _check(frame, name)
    if columns:
        return frame[list(columns)]
    outcome = [] if set(frame["outcome"]) == {"finished"} else ["outcome"]
    places = [name for name in PLACES if _differs(frame[name])]
    figures = [name for name in FIGURES if name in frame and frame[name].notna().any()]
    figures = [name for name in figures if name != "validation_accuracy" or "test_accuracy" not in figures]
    return frame[
        [*places, *_axes(frame), *(name for name in ("seed", "replicates") if name in frame), *outcome, *figures]
    ]


def _with_deviations(shown: "pd.DataFrame", rows: "pd.DataFrame") -> "pd.DataFrame":
    """Means as text, with their standard deviations."""
    shown = shown.copy()
    for name in shown.columns:
        if f"{name} std" in rows and name not in ("density", "seconds"):
            pairs = zip(shown[name], rows[f"{name} std"], strict=True)
            shown[name] = [_text(mean) + (f" ± {spread:.2g}" if spread == spread else "") for mean, spread in pairs]
    return shown


def _axes(frame: "pd.DataFrame") -> list[str]:
    names = [name for name in map(str, frame) if "." not in name and name not in NOT_AXES and not name.endswith(" std")]
    return [name for name in names if not name.startswith(("test_", "validation_")) and _differs(frame[name])]


def _differs(column: Any) -> bool:
    return bool(column.map(str).nunique() > 1)


def _check(frame: "pd.DataFrame", name: str) -> None:
    if name not in frame:
        raise unknown_name("column", name, list(frame.columns))


def _export(frame: "pd.DataFrame", path: Path) -> None:
    writers = {".csv": lambda: frame.to_csv(index=False).encode(), ".parquet": lambda: frame.to_parquet(index=False)}
    if path.suffix not in writers:
        raise UsageError(f"--export {path}: expected a name that ends with .csv or .parquet")
    write_bytes(path, writers[path.suffix]())


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return str(value)
    return f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
