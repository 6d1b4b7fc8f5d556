"""`run_study`: one call from a study to the table of its runs."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tombola.claims.table import table
from tombola.errors import DataError, unknown_name
from tombola.files import path_of
from tombola.records.points import values_of
from tombola.studies.arguments import check_kind, named
from tombola.studies.checks import check
from tombola.studies.conduct import Conductor
from tombola.studies.deadline import seconds
from tombola.studies.folder import StudyFolder
from tombola.studies.lookup import find_study
from tombola.studies.parts import FULL
from tombola.studies.planned import Places, loaded, plan_run
from tombola.studies.selecting import selected
from tombola.studies.study import Study
from tombola.studies.study_run import StudyRun, run_key
from tombola.studies.workers import Here, Processes
from tombola.training import Progress

if TYPE_CHECKING:
    import pandas as pd

PathLike = str | os.PathLike[str]


def run_study(
    study: Study | PathLike,
    preset: str | None = None,
    *,
    replicates: int | None = None,
    where: Mapping[str, Any] | None = None,
    data: Mapping[str, PathLike] | None = None,
    jobs: int = 1,
    budget: str | float | None = None,
    results: PathLike = "results",
    work: PathLike = "runs/studies",
    keep: bool = False,
    progress: Progress | None = None,
) -> "pd.DataFrame":
    """Run whatever of a study is not finished, and return its runs as a table, as `tombola.results` does.

    The same call goes on with what an earlier one left; a finished run is read, not run twice.

    Args:
        study: a value, the name of one of tombola's, or the path of a YAML file.
        preset: how much of it, such as `"laptop"`; the study as it stands by default.
        replicates: how often each run is run, with the seeds 0, 1, …; as often as the preset says by default.
        where: only the runs that have these values: `{"arm": "dense", "density": 0.5}`; several with commas in one
            text, numbers from low to high as `"0.3..0.7"`.
        data: where data sets are that shall not be fetched by their names: `{"mnist": "data/mnist"}`.
        jobs: runs at once, each in a process of its own; they share the processor's cores.
        budget: stop after so long, `"20m"` or seconds; runs that are not finished then have no row.
        results: folder of the records of all studies.
        work: folder of unfinished runs.
        keep: whether tickets and checkpoints of finished runs stay.
        progress: what is told on the way; nothing by default.

    Raises:
        UsageError: where an argument is not allowed.
        FaultsError: which lists all that is wrong with the study, before anything is run.
        DataError: where data cannot be had.
        RunFolderError: where a folder holds another study, or cannot be written.

    >>> import tempfile
    >>> study = Study(
    ...     name="sweep",
    ...     settings={"model": "digits-mlp", "data": "digits", "epochs": 1},
    ...     axes={"density": (0.3, 0.7)},
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     frame = run_study(study, results=f"{folder}/results", work=f"{folder}/work")
    >>> frame[["density", "kept"]].values.tolist()
    [[0.3, 15129.0], [0.7, 35303.0]]
    """
    check_kind("keep", keep, bool, "true or false")
    check_kind("progress", progress, Progress | None, "a Progress, such as LiveProgress()")
    processes = Processes(jobs)
    until = None if budget is None else time.time() + seconds(str(budget))
    given = None if isinstance(study, Study) else path_of("study", study, "a Study, a name, or the path of a YAML file")
    asked = study if isinstance(study, Study) else find_study(str(given))
    some = named("where", where, {"density": 0.5})
    copies = named("data", data, {"mnist": "data/mnist"})
    places = {name: path_of(f"data {name}", path) for name, path in copies.items()}
    homes = (Path(path_of("results", results)), Path(path_of("work", work)))
    runs = selected(asked.runs(preset, replicates), some)
    folder = StudyFolder(*homes, asked.name, preset or FULL, given)
    check_places(places, runs)
    check(asked, preset, places)
    workers = Here() if jobs == 1 else processes
    conductor = Conductor(folder, workers, until, places, keep, progress or Progress())
    conductor.run(asked, preset, some, replicates)
    records = {run_key(record.arm, record.point, record.seed): record for _, record in folder.recorded()}
    frame = table(records[run.key] for run in runs if run.key in records)
    return frame.reindex(columns=list(dict.fromkeys([*frame, *_columns(runs, places)])))


def _columns(runs: Sequence[StudyRun], places: Places) -> Iterator[str]:
    """What a study's table has at least, whatever is finished: the places of its runs, and what the first reports."""
    yield from ("study", "preset", "arm")
    yield from (name for run in runs for name in values_of(run.point))
    job = plan_run(runs[0], places).plan.job
    yield from ("seed", f"{job.final_split[0]}_{job.task.metric.name}")


def check_places(places: Places, runs: Iterable[StudyRun]) -> None:
    """Refuse the place of a data set that no run reads, or where it does not lie.

    Raises:
        UsageError: which says what they read.
        DataError: which says what is wrong with a place.
    """
    read = {str(run.settings.get("data")) for run in runs}
    for name, place in places.items():
        if name not in read:
            raise unknown_name("data set", name, read)
        try:
            loaded(place, name)
        except DataError as error:
            raise DataError(f"data {name}={place}: {error}") from error
