"""One run of a study, in this process: search, measure, record."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import torch

from tombola.api import execute
from tombola.errors import CollapsedError, DivergedError, RunFolderError, UsageError
from tombola.records import StudyRecord
from tombola.records.columns import columns
from tombola.records.study_record import write_record
from tombola.studies.deadline import Deadline, OutOfTimeError
from tombola.studies.folder import StudyFolder
from tombola.studies.measures import Finished, measure_named
from tombola.studies.planned import Places, PlannedRun, plan_run
from tombola.studies.provenance import note_program
from tombola.studies.study_run import StudyRun
from tombola.training import Progress, RunFolder, make_fabric
from tombola.training.environment import environment

HEAVY = ("scores", "first_layer")  # of a result: what only the page of a single run shows


@dataclass(frozen=True)
class RunOutcome:
    """What came of an attempt at a run.

    Args:
        run: of the study.
        state: `done` now, `kept`: it was finished before, `busy`: another process is at it, `stopped`: out of time, or
            `refused`: it could not begin.
        record: where it is finished.
        error: what is said where it is refused.
    """

    run: StudyRun
    state: Literal["done", "kept", "busy", "stopped", "refused"]
    record: StudyRecord | None = None
    error: str | None = None


def do(
    run: StudyRun,
    folder: StudyFolder,
    places: Places,
    *,
    until: float | None = None,
    threads: int | None = None,
    keep: bool = False,
    progress: Progress | None = None,
) -> RunOutcome:
    """Run what is not finished, going on where an earlier attempt was.

    Args:
        run: of a study.
        folder: of the study's records and of its runs' work.
        places: where data sets are, by name.
        until: moment of `time.time()` at which it stops, to be gone on with later.
        threads: of the processor; as many as the process has by default.
        keep: whether the run's tickets and checkpoints stay when it is recorded.
        progress: what is told on the way.

    Raises:
        UsageError: where a setting is refused.
        RunFolderError: where a folder cannot be used.
    """
    if until is not None and time.time() >= until:
        return RunOutcome(run, "stopped")
    if threads is not None:
        torch.set_num_threads(threads)
    planned = plan_run(run, places)
    if (record := folder.finished(planned.id, run)) is not None:
        return RunOutcome(run, "kept", record)
    with folder.claimed(planned.id) as is_ours:
        if not is_ours:
            return RunOutcome(run, "busy")
        if (record := folder.finished(planned.id, run)) is not None:  # finished while we waited for it
            return RunOutcome(run, "kept", record)
        try:
            record = _record(planned, folder, Deadline(progress or Progress(), until))
        except OutOfTimeError:
            return RunOutcome(run, "stopped")
        except RunFolderError:
            raise
        except UsageError as error:
            return RunOutcome(run, "refused", error=str(error))
        if not keep:
            folder.forget(planned.id)
    return RunOutcome(run, "done", record)


def _record(planned: PlannedRun, folder: StudyFolder, progress: Progress) -> StudyRecord:
    work = RunFolder(folder.run(planned.id))
    outcome, error, found = "finished", None, None
    measured: dict[str, Any] = {}
    code = note_program(folder.note(planned.id))
    began = time.perf_counter()
    try:
        found = execute(planned.plan, work.path, progress=progress, page=False, store=folder.trainings)
    except DivergedError as failure:
        outcome, error = "diverged", str(failure)
    except CollapsedError as failure:
        outcome, error = "collapsed", str(failure)
    if found is not None:
        finished = Finished(planned.plan, found, work, progress)
        measures = map(measure_named, planned.run.measures)
        measured = {measure.name: dict(measure.measure(finished)) for measure in measures}
    result = None if found is None else {key: value for key, value in found.result.items() if key not in HEAVY}
    seconds = time.perf_counter() - began
    run = planned.run
    content = {
        "id": planned.id,
        "study": folder.study,
        "preset": folder.preset,
        "arm": run.arm,
        "point": run.point,
        "seed": run.seed,
        "spec": dict(planned.spec),
        "outcome": outcome,
        "error": error,
        "result": result,
        "curves": {} if found is None else columns(_rows(work)),
        "measured": measured,
        "environment": _environment(planned) if result is None else dict(result["environment"]),
        "code": dict(code),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": max(seconds, 0.0 if result is None else float(result["seconds"])),
    }
    return write_record(folder.record(planned.id, run), content)


def _environment(planned: PlannedRun) -> dict[str, Any]:
    """What a run ran on that came to nothing, and so does not say it itself."""
    precision = planned.plan.job.training.precision
    return environment(make_fabric(precision), precision)


def _rows(work: RunFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in work.metrics.read_bytes().splitlines()] if work.metrics.exists() else []
