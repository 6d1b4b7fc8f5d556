"""`Cluster`: several runs at once, each on a machine of a Ray cluster, or on part of a GPU of one."""

import os
import socket
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola.errors import TombolaError, UsageError
from tombola.studies.one_run import RunOutcome
from tombola.studies.study_run import StudyRun
from tombola.studies.workers.attempt import DIED, MOST_DEATHS, Attempt, check_jobs, too_many_deaths
from tombola.studies.workers.connection import connected, need_ray
from tombola.studies.workers.machines import GPU_PARTS, Machine, cores_for_each, room
from tombola.training import Progress


@dataclass(frozen=True)
class Cluster:
    """Several runs at once on the machines of a Ray cluster.

    All machines need the same versions of Python, Ray and this package, and one file system: the study's folders, data
    sets given by path and the folder that the study is run from are the same everywhere.

    Args:
        address: `auto` for the cluster that this machine belongs to, `HOST:PORT`, `ray://HOST:10001`, or `local` for
            one of this machine alone, which is started and ended with the study.
        jobs: runs at once.
        gpus_per_run: the part of a GPU that each run has, so that 0.25 puts four on one; 0 for runs on processors.

    Raises:
        UsageError: without Ray, and for numbers that are none of these.
    """

    address: str
    jobs: int = 1
    gpus_per_run: float = 0.0

    def __post_init__(self) -> None:
        check_jobs(self.jobs)
        if self.gpus_per_run and not 1 / GPU_PARTS <= self.gpus_per_run <= 1:
            raise UsageError(f"gpus_per_run={self.gpus_per_run:g}: expected 0, 1, or a part of one GPU such as 0.25")
        need_ray()

    def outcomes(
        self, runs: Sequence[StudyRun], attempt: Attempt, progress: Progress
    ) -> Generator[RunOutcome, None, None]:
        """Attempt every run. Of a process or a machine that dies, its runs alone are begun again, elsewhere."""
        with connected(self.address) as ray:
            machines = [Machine.of(node["Resources"]) for node in ray.nodes() if node["Alive"]]
            cores = cores_for_each(machines, self.jobs, self.gpus_per_run)
            places = room(machines, cores, self.gpus_per_run)
            if places < min(self.jobs, len(runs)):
                progress.say(f"the cluster has room for {places} of {self.jobs} runs at once; the others wait")
            yield from self._shared_out(ray, runs, attempt.settled, self._sender(ray, attempt, cores), progress)

    def _sender(self, ray: Any, attempt: Attempt, cores: int) -> Callable[[StudyRun], Any]:
        # A process that has used a GPU keeps to it, whichever the next run is given: it does one run.
        needs = {"num_cpus": cores, "num_gpus": self.gpus_per_run, "max_calls": 1 if self.gpus_per_run else 0}
        remote = ray.remote(max_retries=0, **needs)(attempted)
        return lambda run: remote.remote(attempt, run, cores, Path.cwd(), self.gpus_per_run > 0)

    def _shared_out(
        self,
        ray: Any,
        runs: Sequence[StudyRun],
        settled: Callable[[StudyRun], RunOutcome | None],
        send: Callable[[StudyRun], Any],
        progress: Progress,
    ) -> Generator[RunOutcome, None, None]:
        waiting, at_work, deaths = deque(range(len(runs))), dict[Any, int](), Counter[int]()
        try:
            while waiting or at_work:
                if waiting and len(at_work) < self.jobs:
                    index = waiting.popleft()
                    if (known := settled(runs[index])) is None:
                        at_work[send(runs[index])] = index
                    else:
                        yield known
                    continue
                (task,), _ = ray.wait(list(at_work), num_returns=1)
                index = at_work.pop(task)
                try:
                    outcome = _fetched(ray, task)
                except _deaths(ray) as error:
                    deaths[index] += 1
                    if deaths[index] > MOST_DEATHS:
                        left = len(waiting) + len(at_work) + 1
                        raise too_many_deaths(deaths[index], left, runs[index], self.jobs) from error
                    progress.say(DIED)
                    waiting.appendleft(index)
                else:
                    yield outcome
        finally:
            for task in at_work:
                ray.cancel(task, force=True)


def attempted(attempt: Attempt, run: StudyRun, threads: int, where: Path, has_gpu: bool) -> RunOutcome:
    """Attempt a run on a machine of the cluster.

    Args:
        attempt: at the run.
        run: of a study.
        threads: of the processor.
        where: the folder that the study is run from, which paths are relative to.
        has_gpu: whether Ray has given it one, and hidden all others.

    Raises:
        UsageError: where this machine does not see the folders of the study.
    """
    if not has_gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # Ray leaves all of them to see
    advice = "the machines of a cluster need one file system that all of them see"
    try:
        os.chdir(where)
    except OSError as error:
        raise UsageError(f"the machine {socket.gethostname()} has no folder {where}: {advice}") from error
    if not attempt.folder.study_file.exists():
        path = attempt.folder.study_file.absolute()
        raise UsageError(f"the machine {socket.gethostname()} does not see {path}: {advice}")
    return attempt(run, threads=threads)


def _fetched(ray: Any, task: Any) -> RunOutcome:
    try:
        outcome: RunOutcome = ray.get(task)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, TombolaError):  # a sentence for the user, and not where it was raised
            raise error.cause from None
        raise
    return outcome


def _deaths(ray: Any) -> tuple[type[BaseException], ...]:
    errors = ray.exceptions
    return (errors.WorkerCrashedError, errors.OutOfMemoryError, errors.NodeDiedError, errors.ObjectLostError)
