"""What is done of each run of a study, and the protocol of those who do it."""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tombola.errors import TombolaError, UsageError
from tombola.studies.folder import StudyFolder
from tombola.studies.one_run import RunOutcome, do
from tombola.studies.planned import Places, plan_run
from tombola.studies.study_run import StudyRun
from tombola.training import Progress

MOST_DEATHS = 3  # of processes, before the study gives up on what is left
DIED = "a process died; its run is begun again from its last checkpoint"


@dataclass(frozen=True)
class Attempt:
    """An attempt at a run, with all that is the same for every run of a study; it can be sent to another machine.

    Args:
        folder: of the study's records and its runs' work.
        places: where data sets are, by name.
        until: moment of `time.time()` at which it stops.
        keep: whether tickets and checkpoints of finished runs stay.
    """

    folder: StudyFolder
    places: Places = field(default_factory=dict)
    until: float | None = None
    keep: bool = False

    def __call__(self, run: StudyRun, *, threads: int | None = None, progress: Progress | None = None) -> RunOutcome:
        """Run what is not finished, in this process, on so many threads."""
        return do(run, self.folder, self.places, until=self.until, threads=threads, keep=self.keep, progress=progress)

    def settled(self, run: StudyRun) -> RunOutcome | None:
        """What comes of a run that there is nothing to do for, so that no worker need be asked; None for others."""
        if self.until is not None and time.time() >= self.until:
            return RunOutcome(run, "stopped")
        record = self.folder.finished(plan_run(run, self.places).id, run)
        return None if record is None else RunOutcome(run, "kept", record)


class Workers(Protocol):
    """Where runs are run."""

    def outcomes(
        self, runs: Sequence[StudyRun], attempt: Attempt, progress: Progress
    ) -> Generator[RunOutcome, None, None]:
        """Attempt every run, and yield what comes of each as it ends. Whoever closes it ends those at work.

        Args:
            runs: of a study.
            attempt: at one of them.
            progress: what is told on the way.

        Raises:
            RunFolderError: where a folder cannot be used.
            TombolaError: where processes die again and again.
        """
        ...


def check_jobs(jobs: int) -> None:
    """Raise a UsageError for what is no number of runs at once."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or not 1 <= jobs <= 1024:
        raise UsageError(f"jobs={jobs!r}: expected a whole number from 1 to 1024")


def too_many_deaths(deaths: int, left: int, run: StudyRun, jobs: int) -> TombolaError:
    """The error that ends a study whose processes die: how often, how many runs are left, and one of these."""
    return TombolaError(
        f"a process died {deaths} times, {left} runs are left ({run}): is there memory enough for {jobs} runs at "
        "once? the same command goes on, fewer jobs need less"
    )
