"""`Processes`: several runs at once, each in a process of this machine."""

import os
import warnings
from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from tombola.studies.one_run import RunOutcome
from tombola.studies.study_run import StudyRun
from tombola.studies.workers.attempt import DIED, MOST_DEATHS, Attempt, check_jobs, too_many_deaths
from tombola.studies.workers.interrupts import kept_from_processes
from tombola.studies.workers.watch import end_with
from tombola.training import Progress


@dataclass(frozen=True)
class Processes:
    """Several runs at once, each in a process of this machine; they share its cores.

    Args:
        jobs: runs at once.
    """

    jobs: int

    def __post_init__(self) -> None:
        check_jobs(self.jobs)

    def outcomes(
        self, runs: Sequence[StudyRun], attempt: Attempt, progress: Progress
    ) -> Generator[RunOutcome, None, None]:
        """Attempt every run. A process that dies ends the others, and all are begun again: which it was is unknown."""
        left = []
        for run in runs:
            settled = attempt.settled(run)  # what is finished needs no process
            if settled is None:
                left.append(run)
            else:
                yield settled
        for deaths in range(1, MOST_DEATHS + 2):
            try:
                for outcome in self._attempted(tuple(left), attempt):  # a copy: it is read from while runs end
                    left.remove(outcome.run)
                    yield outcome
                return
            except _dead_worker() as error:
                if deaths > MOST_DEATHS:
                    raise too_many_deaths(deaths, len(left), left[0], self.jobs) from error
                progress.say(DIED)

    def _attempted(self, runs: Sequence[StudyRun], attempt: Attempt) -> Generator[RunOutcome, None, None]:
        from joblib import Parallel, cpu_count, delayed

        jobs = min(self.jobs, len(runs))
        if not runs:
            return
        threads = max(1, cpu_count() // self.jobs)  # of the cores that this process may use
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A worker stopped", UserWarning)  # loky's memory check restarts idle ones
            warnings.filterwarnings("ignore", ".* tasks which were still being processed", UserWarning)  # we end them
            pool = Parallel(
                n_jobs=jobs, backend="loky", return_as="generator_unordered", pre_dispatch=jobs, batch_size=1
            )
            with ExitStack() as stack:
                with kept_from_processes():
                    calls = (delayed(_in_worker)(attempt, run, threads, os.getpid()) for run in runs)
                    outcomes = stack.enter_context(closing(pool(calls)))  # which begins the processes
                yield from outcomes


def _in_worker(attempt: Attempt, run: StudyRun, threads: int, study: int) -> RunOutcome:
    """In a worker, or in the study's own process where there is but one run."""
    end_with(study)
    return attempt(run, threads=threads)


def _dead_worker() -> type[BaseException]:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    error: type[BaseException] = TerminatedWorkerError
    return error
