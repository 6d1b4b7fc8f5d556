"""Run a study: whatever is not finished, by whichever workers are wanted, until it is done or time is spent."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tombola.errors import DataError, FaultsError, UsageError
from tombola.studies.folder import StudyFolder
from tombola.studies.one_run import RunOutcome
from tombola.studies.parts import FULL, Preset
from tombola.studies.planned import NamedRun, Places, PlannedRun, of_each, plan_run
from tombola.studies.selecting import selected
from tombola.studies.study import Study
from tombola.studies.workers import Attempt, Here, Workers
from tombola.training import Progress


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
        workers: where its runs are run: `Here`, in `Processes` of this machine, or on a `Cluster`.
        until: moment of `time.time()` at which it stops.
        places: where data sets are, by name.
        keep: whether tickets and checkpoints of finished runs stay, and the trainings that several of them share.
        progress: what is told on the way.
        told: called with every outcome.
    """

    folder: StudyFolder
    workers: Workers = field(default_factory=Here)
    until: float | None = None
    places: Places = field(default_factory=dict)
    keep: bool = False
    progress: Progress = field(default_factory=Progress)
    told: Callable[[RunOutcome], None] = lambda _: None

    def run(
        self,
        study: Study,
        preset: str | None = None,
        where: Mapping[str, Any] | None = None,
        replicates: int | None = None,
    ) -> Tally:
        """Run what is not finished; the same call goes on with what an earlier one left.

        Args:
            study: whose runs they are.
            preset: of the folder.
            where: which of its runs, see `selected`; all of them by default.
            replicates: how often each is run; as often as the preset says by default.

        Raises:
            FaultsError: where runs are refused: before anything is run; or, where only a run itself can tell, when the
                others are done.
            RunFolderError: where a folder cannot be used.
            TombolaError: where processes die again and again.
        """
        if (self.folder.study, self.folder.preset) != (study.name, preset or FULL):
            raise UsageError(
                f"the folder is of {self.folder.study}, preset {self.folder.preset}, the runs are of {study.name}, "
                f"preset {preset or FULL}: expected the same"
            )
        runs = selected(study.runs(preset, replicates), where or {})
        named = of_each(runs, self.places, PlannedRun.without_data)
        self.folder.refuse_others([*named.values(), *self._as_before(study, study.preset(preset))])
        self.folder.prepare(study)
        self.folder.move_records(named.values(), study.places(preset))
        counts = dict.fromkeys(("done", "kept", "busy", "stopped"), 0)
        attempt = Attempt(self.folder, self.places, self.until, self.keep)
        left: list[RunOutcome] = []
        refused: list[str] = []
        with closing(self.workers.outcomes(runs, attempt, self.progress)) as outcomes:
            for outcome in outcomes:
                self.told(outcome)
                if outcome.state == "refused":
                    refused.append(f"{outcome.run}: {outcome.error}")
                    continue
                counts[outcome.state] += 1
                left += [outcome] if outcome.state in ("busy", "stopped") else []
        if refused:
            raise FaultsError(f"study {study.name}", refused)
        for outcome in left:  # another process may have finished it meanwhile; or it was, and there was no time to look
            if self.folder.finished(named[outcome.run.key].id, outcome.run) is not None:
                counts[outcome.state] -= 1
                counts["kept"] += 1
        tally = Tally(len(runs), **counts)
        if tally.is_complete and len(runs) == len(study.runs(preset, replicates)) and not self.keep:
            self.folder.trainings.clear()
        return tally

    def _as_before(self, study: Study, preset: Preset) -> Iterator[NamedRun]:
        """What one run of each arm that is recorded already would be now, if it was not changed."""
        arms = study.arms_of(preset)
        recorded = {record.arm: (path, record) for path, record in self.folder.recorded() if record.arm in arms}
        for path, record in recorded.values():
            run = study.run(record.arm, record.point, record.seed, preset)
            try:
                yield NamedRun(run, plan_run(run, self.places).spec)
            except DataError:  # of a data set that is not here
                continue
            except UsageError as error:
                raise self.folder.changed(path, run, str(error)) from error
