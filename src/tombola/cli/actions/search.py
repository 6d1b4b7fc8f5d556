"""One search: from the options of `find` to a finished run."""

import dataclasses
import json
import shlex
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola.api import Plan, execute, plan_of
from tombola.cli.commands.find import Find
from tombola.cli.parsing.options import options_of
from tombola.cli.parsing.pairs import number_pairs, value_pairs
from tombola.errors import RunFolderError
from tombola.records import ResultFile
from tombola.records.reading import read_json
from tombola.training import Progress, RunFolder
from tombola.training.progress import LiveProgress

GOES_ON, BEGINS_AGAIN = "goes on from the last checkpoint", "begins again"


@dataclass(frozen=True)
class FinishedSearch:
    """A finished run, as the command line shows it.

    Args:
        folder: of the run.
        result: its record.
        data: name of the data set.
        was_finished: nothing was run, for it was finished before.
    """

    folder: RunFolder
    result: Mapping[str, Any]
    data: str
    was_finished: bool

    @property
    def figures(self) -> dict[str, Any]:
        """The record with the ticket's own row of the comparison: measured as whoever loads the ticket will."""
        return {**self.result, **self.result["comparison"][0]}


def search(options: Find, seed: int, out: Path | None) -> FinishedSearch:
    """Search with one seed, in the folder `out`, or one named after the plan.

    Raises:
        TombolaError: whose sentence is all that the user sees.
        KeyboardInterrupt: where the user stopped it, saying what the same command does then.
    """
    progress = Progress() if options.output.quiet else LiveProgress()
    folder = None
    try:
        # Whatever a user's own model prints must not end up among the results.
        with redirect_stdout(sys.stderr), progress:
            progress.status(f"loading {options.data} …")
            planned = make_plan(options, seed)
            folder = RunFolder(out or default_folder(planned))
            return _executed(options, seed, planned, folder, progress)
    except KeyboardInterrupt:
        has_checkpoint = folder is not None and folder.has_checkpoint(dict(planned.spec))
        raise KeyboardInterrupt(GOES_ON if has_checkpoint else BEGINS_AGAIN if folder else "") from None


def _executed(options: Find, seed: int, planned: Plan, folder: RunFolder, progress: Progress) -> FinishedSearch:
    fresh = options.output.fresh
    finished = None if fresh else folder.finished(dict(planned.spec))
    if finished is not None:
        check_shown(folder.result, finished)
    progress.status("starting …")
    run = execute(planned, folder.path, fresh=fresh, progress=progress, command=command_line(options, seed))
    return FinishedSearch(folder, run.result, planned.job.data.name, finished is not None)


def check_shown(path: Path, result: Mapping[str, Any]) -> None:
    """Check the record of a finished run, which anything may have happened to, for all that is shown of it.

    Raises:
        RunFolderError: where a field is missing or wrong.
    """
    again = "run again with --fresh"
    record = read_json(path, ResultFile, again=again)
    needed = {"seconds": record.seconds, "evaluated_on": result.get("evaluated_on")}
    needed["comparison"] = record.comparison or None
    needed |= {f"{record.loss_key} of {row.name!r}": row.measured(record.loss_key) for row in record.comparison}
    if missing := [name for name, value in needed.items() if value is None]:
        raise RunFolderError(f"{path} is damaged: {missing[0]} is missing; restore it or {again}")
    try:
        json.dumps(result, allow_nan=False)
    except ValueError as error:
        raise RunFolderError(f"{path} is damaged: a number is NaN or infinite; restore it or {again}") from error


def default_folder(planned: Plan) -> Path:
    """Where a run goes that was given no folder."""
    return Path("runs") / planned.slug


def make_plan(options: Find, seed: int) -> Plan:
    """The plan that the options ask for."""
    return plan_of({"model": options.model, "data": options.data} | _given(options) | {"seed": seed})


def command_line(options: Find, seed: int) -> str:
    """The command that makes the same run again, wherever it is kept."""
    changed = dataclasses.replace(options, seed=seed)
    words = ["tombola", "find"]
    for option in options_of(Find):
        value = option.value(changed)
        if option.path[0] != "output" and value != option.default:
            values = () if value is True else value if option.many else (value,)
            words += [option.flag, *map(str, values)]
    return shlex.join(words)


def _given(options: Find) -> dict[str, Any]:
    """What was given, by the names of the settings."""
    given = {
        option.path[-1]: option.value(options)
        for option in options_of(Find)
        if option.path[0] != "output" and option.value(options) != option.default
    }
    readers = {"layer_density": number_pairs, "layer_prune_fraction": number_pairs, "model_arguments": value_pairs}
    for name in readers.keys() & given.keys():
        given[name] = readers[name](f"--{name.replace('_', '-')}", given[name])
    return given
