"""Several runs of `find` that differ in the seed, shown."""

import statistics
from pathlib import Path
from typing import Any

from tombola.cli.actions.printing import figures_text, mean_text, print_json, print_line
from tombola.cli.actions.records import summary
from tombola.cli.actions.search import GOES_ON, default_folder, make_plan, search
from tombola.cli.commands.find import Find
from tombola.errors import RunFolderError, is_number

Record = dict[str, Any]


def run(options: Find) -> None:
    """Search with each seed, and print a line each, then mean and standard deviation."""
    output, first = options.output, options.seed
    folder = Path(output.out) if output.out else _folder_of(options)
    if (folder / "spec.json").exists():
        raise RunFolderError(f"{folder} holds a single run: choose another folder for the replicates")
    is_shown = not (output.json or output.quiet)
    records: list[Record] = []
    for seed in range(first, first + output.replicates):
        try:
            outcome = search(options, seed, folder / f"seed-{seed}")
        except KeyboardInterrupt as stop:
            is_kept = bool(records) and str(stop) != GOES_ON
            raise KeyboardInterrupt("goes on after the last finished replicate" if is_kept else str(stop)) from None
        records.append({"seed": seed} | summary(outcome))
        if is_shown:
            note = " (finished before)" if outcome.was_finished else ""
            print_line(f"seed {seed}: {figures_text(outcome.figures)}  {outcome.folder.ticket}{note}")
        elif not output.json:
            print_line(str(outcome.folder.ticket))
    if output.json:
        print_json(mean_record(folder, records))
    elif is_shown:
        print_line(mean_text(records))


def mean_record(folder: Path, records: list[Record]) -> Record:
    """What the replicates have in common, means of the numbers in which they differ, and each of them.

    No one of them stands for all, so `ticket` and `digest` are null.
    """
    merged = {key: _merged([record[key] for record in records]) for key in records[0] if key != "seed"}
    return merged | {"run": str(folder), "replicates": records}


def _merged(values: list[Any]) -> Any:
    if all(value == values[0] for value in values):
        return values[0]
    return statistics.fmean(values) if all(map(is_number, values)) else None


def _folder_of(options: Find) -> Path:
    planned = make_plan(options, options.seed)
    return default_folder(planned).with_name(f"{planned.slug}-replicates")
