"""Run a study: whatever is not finished, on as many processes as are wanted, until it is done or time is spent."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from os import cpu_count

from tombola.errors import TombolaError, UsageError
from tombola.studies.folder import StudyFolder
from tombola.studies.one_run import Outcome, do
from tombola.studies.planned import Places
from tombola.studies.study import Study, StudyRun
from tombola.training import Progress

MOST_DEATHS = 3  # of processes, before the study gives up on those that are left


@dataclass(frozen=True)
class Tally:
    """How a study stands.

    Args:
        total: number of its runs.
        done: finished now.
        kept: finished before.
        busy: left to another process.
        stopped: not finished for lack of time, those not begun among them.
    """

    total: int
    done: int = 0
    kept: int = 0
    busy: int = 0
    stopped: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether every run has its record."""
        return self.done + self.kept == self.total


@dataclass(frozen=True)
class Conductor:
    """How a study is run.

    Args:
        folder: of its records and its runs' work.
        jobs: runs at once, each in a process of its own if there is more than one.
        until: moment of `time.time()` at which it stops.
        places: where data sets are, by name.
        keep: whether tickets and checkpoints of finished runs stay.
        progress: what is told on the way.
        told: called with every outcome.
    """

    folder: StudyFolder
    jobs: int = 1
    until: float | None = None
    places: Places = field(default_factory=dict)
    keep: bool = False
    progress: Progress = field(default_factory=Progress)
    told: Callable[[Outcome], None] = lambda _: None

    def __post_init__(self) -> None:
        if isinstance(self.jobs, bool) or not isinstance(self.jobs, int) or not 1 <= self.jobs <= 1024:
            raise UsageError(f"jobs={self.jobs!r}: expected a whole number, 1 or more")

    def run(self, study: Study, preset: str | None = None) -> Tally:
        """Run what is not finished. The same call goes on with what an earlier one left.

        Raises:
            UsageError: where a setting is refused.
            RunFolderError: where a folder cannot be used.
            TombolaError: where processes die again and again.
        """
        self.folder.prepare(study)
        runs = study.runs(preset)
        counts = dict.fromkeys(("done", "kept", "busy", "stopped"), 0)
        for outcome in self._outcomes(runs):
            counts[outcome.state] += 1
            self.told(outcome)
        return Tally(len(runs), **counts)

    def _outcomes(self, runs: Sequence[StudyRun]) -> Iterator[Outcome]:
        if self.jobs == 1:
            yield from (self._do(run) for run in runs)
            return
        left = list(runs)
        for deaths in range(MOST_DEATHS + 1):
            try:
                for outcome in self._in_processes(tuple(left)):  # a copy: it is read from while runs end
                    left.remove(outcome.run)
                    yield outcome
                return
            except _dead_worker() as error:
                if deaths == MOST_DEATHS:
                    raise TombolaError(
                        f"a process died {deaths + 1} times, {len(left)} runs are left ({left[0]}): is there memory "
                        f"enough for {self.jobs} runs at once? the same command goes on, fewer jobs need less"
                    ) from error
                self.progress.say("a process died; its run is begun again from its last checkpoint")

    def _in_processes(self, runs: Sequence[StudyRun]) -> Iterator[Outcome]:
        from joblib import Parallel, delayed

        threads = max(1, (cpu_count() or 1) // self.jobs)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "A worker stopped", UserWarning)  # loky's memory check restarts idle ones
            pool = Parallel(
                n_jobs=self.jobs, backend="loky", return_as="generator_unordered", pre_dispatch=self.jobs, batch_size=1
            )
            yield from pool(
                delayed(do)(run, self.folder, self.places, until=self.until, threads=threads, keep=self.keep)
                for run in runs
            )

    def _do(self, run: StudyRun) -> Outcome:
        return do(run, self.folder, self.places, until=self.until, keep=self.keep, progress=self.progress)


def _dead_worker() -> type[BaseException]:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    error: type[BaseException] = TerminatedWorkerError
    return error
