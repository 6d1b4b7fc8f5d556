"""`tombola study`, done and shown."""

import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from tombola.cli.actions.printing import plain_table, print_json, print_line, print_table
from tombola.cli.commands.study import Study as Options
from tombola.cli.parsing.pairs import pairs
from tombola.errors import UsageError
from tombola.report.words import bytes_text, metric_text, metric_words, seconds_text
from tombola.studies import Conductor, RunOutcome, Study, StudyFolder, StudyRun, Tally, check, find_study
from tombola.studies.deadline import seconds
from tombola.studies.estimate import Estimate, estimate
from tombola.studies.parts import FULL
from tombola.studies.running import check_places
from tombola.studies.selecting import selected
from tombola.studies.workers import Cluster, Here, Processes, Workers
from tombola.training import Progress
from tombola.training.progress import LiveProgress

UNFINISHED = 1
SECONDS_BETWEEN_LINES = 60.0  # of a log, about one training


def run(options: Options) -> int | None:
    """Run what is not finished, and print how the study stands.

    Returns:
        1 where something is left to do, so that a script can tell.
    """
    _check_dry_run(options)
    until = None if options.budget is None else time.time() + seconds(options.budget)
    assert options.study is not None  # without one, `studies` lists them
    study, places = find_study(options.study), pairs("--data", options.data)
    preset = options.preset or FULL
    folder = StudyFolder(Path(options.results), Path(options.work), study.name, preset, options.study)
    where = pairs("--where", options.where)
    runs = selected(study.runs(options.preset, options.replicates), where)
    workers = _workers(options)
    progress = Progress() if options.quiet else LiveProgress()
    with redirect_stdout(sys.stderr), progress:
        progress.status(f"looking at {len(runs)} runs …")
        check_places(places, runs)
        check(study, options.preset, places)
        if options.dry_run:
            estimated = estimate(runs, folder, places)
        else:
            conductor = Conductor(
                folder=folder,
                workers=workers,
                until=until,
                places=places,
                keep=options.keep,
                progress=progress if sys.stderr.isatty() else _Sentences(progress),  # a log need not follow each run
                told=_Teller(len(runs), progress),
            )
            tally = conductor.run(study, options.preset, where, options.replicates)
    if options.dry_run:
        _show_estimate(study, runs, estimated, options)
        return None
    _show_tally(study, tally, folder, options)
    return None if tally.is_complete else UNFINISHED


def _check_dry_run(options: Options) -> None:
    of_runs = {"--budget": options.budget is not None, "--keep": options.keep}
    if options.dry_run and (given := [flag for flag, is_given in of_runs.items() if is_given]):
        raise UsageError(
            f"{' and '.join(given)} beside --dry-run, which finishes no run: leave out the one or the other"
        )


def _workers(options: Options) -> Workers:
    if options.cluster is not None:
        return Cluster(options.cluster, options.jobs, options.gpus_per_run)
    if options.gpus_per_run:
        raise UsageError(f"--gpus-per-run={options.gpus_per_run:g} is for a cluster: say --cluster too, such as local")
    return Here() if options.jobs == 1 else Processes(options.jobs)


class _Sentences(Progress):
    """Tells what is said, and once a minute how far the training is that goes on."""

    def __init__(self, told: Progress) -> None:
        self._told, self._shown = told, time.perf_counter()

    def begin(self, name: str, steps: int, done: int) -> None:
        self._told.begin(name, steps, done)

    def advance(self, done: int, facts: dict[str, str]) -> None:
        if self.is_due():
            self._shown = time.perf_counter()
            self._told.advance(done, facts)

    def is_due(self) -> bool:
        return time.perf_counter() - self._shown >= SECONDS_BETWEEN_LINES and self._told.is_due()

    def say(self, text: str) -> None:
        self._told.say(text)


class _Teller:
    """One line a run, with how many are left and how long they will take."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._seen, self._done, self._began = 0, 0, time.perf_counter()

    def __call__(self, outcome: RunOutcome) -> None:
        self._seen += 1
        if outcome.state != "done":
            said = {"busy": "another process is at it", "refused": f"refused: {outcome.error}"}.get(outcome.state)
            if said:
                self._progress.say(f"{self._seen} of {self._total}: {outcome.run}: {said}")
            return
        self._done += 1
        took = (time.perf_counter() - self._began) / self._done
        left = self._total - self._seen
        rest = f", about {seconds_text(left * took)} left" if left else ""
        self._progress.say(f"{self._seen} of {self._total}: {outcome.run}: {result_text(outcome)}{rest}")


def result_text(outcome: RunOutcome) -> str:
    """What a run came to."""
    record = outcome.record
    if record is None:
        return outcome.state
    if record.result is None:
        return f"{record.outcome}: {record.error}"
    result = record.result
    figure = metric_text(result.metric, result.reported)
    return f"{result.evaluated_on} {metric_words(result.metric)} {figure} in {seconds_text(record.seconds)}"


def _show_tally(study: Study, tally: Tally, folder: StudyFolder, options: Options) -> None:
    if options.json:
        print_json(
            _record(study, options) | vars(tally) | {"complete": tally.is_complete, "records": str(folder.records)}
        )
        return
    if options.quiet:
        print_line(str(folder.records))
        return
    left = tally.total - tally.done - tally.kept
    state = "complete" if not left else f"{left} left; the same command goes on"
    print_line(f"{study.name}: {tally.done} runs done, {tally.kept} were finished before, of {tally.total}: {state}")
    print_line(f"records  {folder.records}")


def _show_estimate(study: Study, runs: Sequence[StudyRun], estimated: Estimate, options: Options) -> None:
    took, disk = estimated.seconds(options.jobs), estimated.bytes(options.jobs)
    if options.json:
        left = {"seconds": took, "bytes": disk, "arms": [vars(rest) for rest in estimated.arms]}
        print_json(_record(study, options) | {"total": len(runs), "runs": [str(run) for run in runs]} | left)
        return
    if options.quiet:
        print_line(str(sum(rest.runs - rest.finished for rest in estimated.arms)))
        return
    for run in runs:
        print_line(str(run))
    table = plain_table(("arm", False), ("runs", True), ("finished", True), ("a run", True), ("left", True))
    for rest in estimated.arms:
        known = "" if rest.is_measured else "about "
        each = known + seconds_text(rest.seconds)
        table.add_row(
            rest.arm, str(rest.runs), str(rest.finished), each, seconds_text(rest.seconds_left / options.jobs)
        )
    print_table(table)
    left_runs = sum(rest.runs - rest.finished for rest in estimated.arms)
    if not left_runs:
        print_line(f"all {len(runs)} runs are finished" if len(runs) > 1 else "the run is finished")
        return
    jobs = f"{options.jobs} at once" if options.jobs > 1 else "one after the other"
    count = f"{left_runs} of {len(runs)} run{'s' * (len(runs) > 1)}"
    print_line(f"{count} left, {jobs}: about {seconds_text(took)}, and {bytes_text(disk)} of disk")


def _record(study: Study, options: Options) -> dict[str, Any]:
    return {"study": study.name, "preset": options.preset or FULL}
