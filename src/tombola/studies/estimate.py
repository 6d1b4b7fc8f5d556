"""What running the rest of a study will take: time and disk, from what is known so far."""

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tombola.api import execute
from tombola.errors import CollapsedError, DivergedError
from tombola.records import StudyRecord
from tombola.studies.deadline import OutOfTimeError
from tombola.studies.folder import StudyFolder
from tombola.studies.planned import NamedRun, Places, PlannedRun, of_each, plan_run
from tombola.studies.study_run import StudyRun
from tombola.studies.workload import Workload, shared, total, workload_of
from tombola.training import Progress

PROBE_SECONDS = 4.0
RECORD_BYTES = 30_000  # of a record, where there is none yet to look at
COPIES = 4  # of a network's values that checkpoints hold: values, momentum, the chosen row's, the snapshot's
KEPT = 2  # of a finished training: values, the chosen row's


@dataclass(frozen=True)
class Rest:
    """How much of one arm is left.

    Args:
        arm: of the study.
        runs: of the arm.
        finished: of these.
        seconds: that one run takes, in the mean.
        is_measured: whether that is from finished runs, or from a moment of one.
        work_bytes: that a run needs while it runs.
        kept_bytes: of trainings that its runs share.
    """

    arm: str
    runs: int
    finished: int
    seconds: float
    is_measured: bool
    work_bytes: int
    kept_bytes: int

    @property
    def seconds_left(self) -> float:
        """Of one process."""
        return (self.runs - self.finished) * self.seconds


@dataclass(frozen=True)
class Estimate:
    """What is left of a study."""

    arms: tuple[Rest, ...]
    record_bytes: int

    def seconds(self, jobs: int) -> float:
        """Time left with so many runs at once."""
        return sum(rest.seconds_left for rest in self.arms) / jobs

    def bytes(self, jobs: int) -> int:
        """Disk: records of all that is left, what the runs at hand work with, and trainings that runs share."""
        left = sum(rest.runs - rest.finished for rest in self.arms)
        if not left:
            return 0
        most = max((rest.work_bytes for rest in self.arms), default=0)
        return left * self.record_bytes + jobs * most + sum(rest.kept_bytes for rest in self.arms)


def estimate(runs: Sequence[StudyRun], folder: StudyFolder, places: Places) -> Estimate:
    """Look at what is finished; of arms of which nothing is, run the first and the last for some seconds.

    Args:
        runs: of the study.
        folder: of its records.
        places: where data sets are, by name.
    """
    sketches = list(of_each(runs, places, _sketch).values())
    folder.refuse_others(each.named for each in sketches)
    found = {each.named.id: folder.found(each.named.id, each.named.run) for each in sketches}
    paths = {key: path for key, path in found.items() if path is not None}
    records = {key: StudyRecord.read(path) for key, path in paths.items()}
    sizes = [path.stat().st_size for path in paths.values()]
    arms = tuple(_rest(arm, of_arm, records, places) for arm, of_arm in _by_arm(sketches).items())
    return Estimate(arms, round(statistics.fmean(sizes)) if sizes else RECORD_BYTES)


@dataclass(frozen=True)
class _Sketch:
    """What is needed of a run's plan when the plan is gone, which holds data."""

    named: NamedRun
    workload: Workload


def _sketch(planned: PlannedRun) -> _Sketch:
    return _Sketch(planned.without_data(), workload_of(planned))


def _by_arm(sketches: Iterable[_Sketch]) -> dict[str, list[_Sketch]]:
    found: dict[str, list[_Sketch]] = {}
    for each in sketches:
        found.setdefault(each.named.run.arm, []).append(each)
    return found


def _rest(arm: str, sketches: list[_Sketch], records: Mapping[str, StudyRecord], places: Places) -> Rest:
    known = [records[each.named.id].seconds for each in sketches if each.named.id in records]
    left = [each for each in sketches if each.named.id not in records]
    ends = [plan_run(each.named.run, places) for each in _ends(left)]
    if known or not left:
        seconds = statistics.fmean(known or [0.0])
    else:
        probed = statistics.fmean(map(_probed, ends))
        # What they share is done once.
        seconds = probed * total(each.workload for each in left) / sum(total([each.workload]) for each in left)
    shown = ends or [plan_run(sketches[0].named.run, places)]
    parameters = max(sum(p.numel() for p in each.plan.job.model.make().parameters()) for each in shown)
    kept = KEPT * 4 * parameters * shared(each.workload for each in left)
    return Rest(arm, len(sketches), len(known), seconds, bool(known), COPIES * 4 * parameters, kept)


def _ends(left: list[_Sketch]) -> list[_Sketch]:
    """The first and the last run, of which one may be much larger than the other; one, where only the seeds differ."""
    ends = left[:1] + left[-1:]
    return ends[:1] if len({str(each.named.run.point) for each in ends}) == 1 else ends


class _Rate(Progress):
    """Notes how fast the first training goes, and ends it when enough is seen of it."""

    def __init__(self) -> None:
        self.steps, self.done, self.began, self.now = 0, 0, 0.0, 0.0

    def begin(self, name: str, steps: int, done: int) -> None:  # noqa: ARG002
        if self.steps:  # a second training: the first is known
            raise OutOfTimeError
        self.steps, self.began = steps, time.perf_counter()

    def advance(self, done: int, facts: dict[str, str]) -> None:  # noqa: ARG002
        self.done, self.now = done, time.perf_counter()
        if self.now - self.began >= PROBE_SECONDS:
            raise OutOfTimeError

    def is_due(self) -> bool:
        return True


def _probed(planned: PlannedRun) -> float:
    """Seconds of a whole run alone, from the first seconds of one."""
    rate = _Rate()
    began = time.perf_counter()
    with TemporaryDirectory(prefix="tombola-") as folder:
        try:
            execute(planned.plan, Path(folder) / "run", progress=rate, page=False)
            return time.perf_counter() - began
        except (DivergedError, CollapsedError):
            return time.perf_counter() - began
        except OutOfTimeError:
            pass
    per_step = (rate.now - rate.began) / max(1, rate.done)
    return (rate.began - began) + per_step * rate.steps * total([workload_of(planned)])
