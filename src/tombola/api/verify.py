"""Verify tickets: hold them against their controls, and give the verdict."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from tombola import models
from tombola.errors import UsageError
from tombola.files import write_json
from tombola.report import write_report, write_verification
from tombola.ticket import Ticket
from tombola.training import Metric, Progress, RunFolder, make_fabric, make_task, own_modes, prepared_process
from tombola.training.environment import environment
from tombola.training.tasks import Loss
from tombola.verification import (
    CONTROLS,
    Bench,
    Definition,
    LevelVerdict,
    Subjects,
    TrialFolder,
    Verification,
    audit,
    control_named,
    definition_named,
    setting_of,
    subjects_of,
    summary,
)

USUAL = ("random-mask", "fresh-weights")


@dataclass(frozen=True, eq=False)
class Verified:
    """The outcome of a verification.

    Args:
        verdict: `winning`, `not winning` or `undecided`; of several levels that of the sparsest.
        levels: the verdict of each level, with its evidence and its trials; a single ticket is one.
        record: all of it as JSON, as `verification.json` has it.
        folder: where the record is; None if none was kept.
    """

    verdict: str
    levels: tuple[LevelVerdict, ...]
    record: dict[str, Any]
    folder: Path | None

    @property
    def evidence(self) -> list[dict[str, Any]]:
        """The rows the verdict rests on."""
        rows: list[dict[str, Any]] = self.levels[-1].verdict.to_json()["evidence"]
        return rows


@own_modes()
def verify(
    found: Ticket | str | Path,
    data: Any,
    *,
    model: nn.Module | None = None,
    replicates: int = 5,
    controls: Sequence[str] | None = None,
    levels: str | Sequence[int] | None = None,
    definition: str | Definition | None = None,
    trained: bool | None = None,
    loss: str | Loss | None = None,
    metric: str | Metric | Loss | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    command: str | None = None,
    **settings: Any,
) -> Verified:
    """Hold a ticket against its controls over replicates, and decide whether it wins.

    Nothing of the search is used: tickets are built from what their files hold, trained in
    isolation, and measured once on the test set. A verification goes on where it was stopped.

    Args:
        found: a ticket, its file, a run's folder, or a folder of replicates (`seed-0`, `seed-1` …),
            each of which is then one replicate.
        data: as `find` takes it.
        model: a module of the ticket's architecture, where that is not one of ours.
        replicates: repetitions for a single ticket, 2 or more: each has an order of the training
            examples of its own, and draws its controls anew.
        controls: names of `CONTROLS`, or `"all"`; random mask and fresh weights by default, besides
            those the definition asks for.
        levels: of a run with levels: `"all"`, or indices; the run's own ticket without.
        definition: what winning means: `lottery-ticket` for tickets that are trained, `supermask`
            for those that are used as they are, or a definition of your own.
        trained: whether the ticket is trained before it is measured; by default what its search did.
        loss, metric: where those of the search are functions of your own.
        out: folder of the record; of a run its own folder by default, else none is kept.
        progress: what is told on the way.
        command: the command line that runs it again, for the record.
        settings: of the training, where they shall differ from the search's.

    Raises:
        UsageError: where an argument is not allowed, such as fewer than 2 replicates.
        TicketError, RunFolderError: where a file is damaged.

    >>> import tombola as tb
    >>> ticket = tb.find("digits-mlp", "digits", epochs=2)
    >>> tb.verify(ticket, "digits", replicates=2).verdict
    'winning'
    """
    began = time.perf_counter()
    _check_replicates(replicates)
    subjects = subjects_of(found, levels)
    first = subjects.first
    is_trained = bool(first.metrics.get("trained", False)) if trained is None else trained
    chosen = _definition(definition, is_trained)
    names = _controls(controls)
    task = None
    if loss is not None or metric is not None:
        task = make_task(loss, metric, classes=_classes(data))
    setting = setting_of(first.spec, data, settings, task)
    place = _place(found, subjects, out)
    with tempfile.TemporaryDirectory(prefix="tombola-") if place is None else nullcontext(place) as folder:
        home = Path(folder)
        verification = Verification(
            bench=Bench(
                setting, partial(_make, model), make_fabric(setting.training.precision), progress or Progress()
            ),
            definition=chosen,
            controls=names,
            replicates=replicates,
            folder=TrialFolder(home / "verification"),
            is_trained=is_trained,
            include=_patterns(first, "include"),
            exclude=_patterns(first, "exclude"),
        )
        home.mkdir(parents=True, exist_ok=True)
        with RunFolder(home).held(), prepared_process():
            levels_found = tuple(verification.verdicts(subjects))
            findings = () if isinstance(found, Ticket) or subjects.kind == "replicates" else audit(Path(found))
            record = summary(subjects, verification, levels_found, findings)
            record |= {"environment": environment(verification.bench.fabric, setting.training.precision)}
            record |= {"seconds": time.perf_counter() - began, "command": command}
            write_json(home / "verification.json", record)
            if place is not None:
                write_verification(home)
                if (home / "result.json").exists():
                    write_report(home)  # the run's own page shows the verdict too
    return Verified(record["verdict"], levels_found, record, place)


def _check_replicates(replicates: Any) -> None:
    if not isinstance(replicates, int) or isinstance(replicates, bool) or not 2 <= replicates <= 10_000:
        raise UsageError(f"replicates={replicates!r}: an interval needs 2 or more, expected a whole number from 2 on")


def _definition(given: str | Definition | None, is_trained: bool) -> Definition:
    if isinstance(given, Definition):
        return given
    return definition_named(given or ("lottery-ticket" if is_trained else "supermask"))


def _controls(given: str | Sequence[str] | None) -> tuple[str, ...]:
    known = USUAL if given is None else tuple(CONTROLS)
    names = known if given is None or given == "all" else (given,) if isinstance(given, str) else given
    return tuple(control_named(name).name for name in names)


def _classes(data: Any) -> int | None:
    from tombola import data as datasets

    return datasets.load(data).classes


def _place(found: Ticket | str | Path, subjects: Subjects, out: str | Path | None) -> Path | None:
    if out is not None:
        return Path(out)
    return Path(found) if not isinstance(found, Ticket) and subjects.kind != "ticket" else None


def _make(given: nn.Module | None, ticket: Ticket) -> nn.Module:
    if given is not None:
        return given
    architecture = ticket.architecture
    return models.find_model(architecture.name, architecture.arguments).make()


def _patterns(ticket: Ticket, name: str) -> tuple[str, ...]:
    given = ticket.spec.get(name, ())
    return tuple(str(pattern) for pattern in given) if isinstance(given, list | tuple) else ()
