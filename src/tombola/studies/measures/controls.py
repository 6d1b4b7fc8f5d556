"""Tickets beside their controls, each trained in isolation: what a verdict rests on, one replicate of it."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from tombola.api import Plan
from tombola.errors import DivergedError, UsageError
from tombola.studies.measures.levels import IMP, levels_of
from tombola.studies.measures.measure import Finished
from tombola.ticket import Ticket, load
from tombola.training import make_fabric, prepared_process
from tombola.verification import (
    CONTROLS,
    DENSE,
    Bench,
    Setting,
    TrialFolder,
    Verification,
    control_named,
    definition_named,
)


@dataclass(frozen=True)
class Controls:
    """Trains the run's ticket and its controls, or those of some levels, and measures each.

    Args:
        names: of the controls, see `tombola.verification`; those that the verdict on such a ticket needs, as the
            dense network, are always among them.
        levels: of iterative pruning whose tickets are taken; the run's own ticket by default.

    Raises:
        UsageError: for an unknown control, or what is no list of names or levels.
    """

    name: ClassVar[str] = "controls"

    names: tuple[str, ...] = ("random-mask", "fresh-weights")
    levels: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not _is_list_of(str, self.names):
            raise UsageError(f"measure controls: names={self.names!r}: expected a list of controls, as [random-mask]")
        if not _is_list_of(int, self.levels):
            raise UsageError(f"measure controls: levels={self.levels!r}: expected a list of whole numbers, as [1, 3]")
        for name in self.names:
            control_named(name)

    def to_spec(self) -> dict[str, Any]:
        """The measure and its settings as JSON."""
        return {"name": self.name, "names": list(self.names), "levels": list(self.levels)}

    def check(self, plan: Plan) -> None:
        """See that the run will have these levels.

        Raises:
            UsageError: where it will not.
        """
        last = levels_of(plan)
        if self.levels and last is None:
            raise UsageError(f"measure controls: levels {list(self.levels)} are those of {IMP}: expected method {IMP}")
        wrong = [level for level in self.levels if last is not None and not 0 <= level <= last]
        if wrong:
            raise UsageError(f"measure controls: level {wrong[0]}: expected 0 to {last}, the levels that the run has")

    @property
    def trainings(self) -> int:
        """Those of each level's ticket and controls, and one of the dense network; fewer of untrained tickets."""
        return 1 + max(1, len(self.levels)) * (1 + len(set(self.names) - {DENSE}))

    def measure(self, finished: Finished) -> dict[str, Any]:
        """One row a network: `level`, `network`, `metric`, `loss`, `iterations`, `density`, `kept`."""
        job = finished.plan.job
        rows: list[dict[str, Any]] = []
        refused: dict[str, str] = {}
        verification = self._verification(finished)
        with prepared_process():
            for level, ticket in self._tickets(finished).items():
                try:
                    trials, reasons = verification.trials(ticket, job.seeds.init_seed)
                except DivergedError as error:  # the run itself is as good as it was
                    trials, reasons = (), {"all" if level is None else f"level {level}": str(error)}
                rows += [{"level": level} | _row(asdict(trial)) for trial in trials]
                refused |= reasons
        return {"trials": rows, "not_applicable": refused}

    def _tickets(self, finished: Finished) -> dict[int | None, Ticket]:
        if not self.levels:
            return {None: finished.run.ticket}
        return {level: load(finished.folder.level(level) / "ticket") for level in self.levels}

    def _verification(self, finished: Finished) -> Verification:
        job = finished.plan.job
        fraction = float(finished.plan.spec["validation_fraction"])
        setting = Setting(
            data=job.data,
            task=job.task,
            training=job.training,
            protocol=job.protocol,
            same_data=True,
            held_out=(fraction, job.seeds.split_seed),
            pixels=str(finished.plan.spec["pixels"]),
        )
        is_trained = bool(finished.run.result["trained"])
        return Verification(
            bench=Bench(setting, lambda _: job.model.make(), make_fabric(job.training.precision), finished.progress),
            definition=definition_named("lottery-ticket" if is_trained else "supermask"),
            controls=tuple(name for name in CONTROLS if name in self.names),
            replicates=1,
            folder=TrialFolder(finished.folder.path / "trials"),
            is_trained=is_trained,
            include=job.include,
            exclude=job.exclude,
        )


def _is_list_of(kind: type, values: Any) -> bool:
    return isinstance(values, tuple) and all(isinstance(each, kind) and not isinstance(each, bool) for each in values)


def _row(trial: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in trial.items() if name != "replicate"}
