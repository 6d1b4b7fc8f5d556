"""Verify tickets: hold them against their controls, and give the verdict."""

import copy
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from tombola import data as datasets
from tombola import models
from tombola.api.evaluate import check_takes
from tombola.api.spec import model_code
from tombola.errors import UsageError
from tombola.files import write_json
from tombola.report import write_report, write_verification
from tombola.ticket import Ticket
from tombola.ticket.make import make as check_builtin
from tombola.training import Metric, Progress, RunFolder, Task, make_fabric, make_task, own_modes, prepared_process
from tombola.training.environment import environment
from tombola.training.tasks import Loss
from tombola.verification import (
    CONTROLS,
    Bench,
    Definition,
    Finding,
    LevelVerdict,
    Setting,
    Subjects,
    TrialFolder,
    Verification,
    audit,
    control_named,
    definition_named,
    home_of,
    setting_of,
    subjects_of,
    summary,
)

USUAL = ("random-mask", "fresh-weights")
USUAL_REPLICATES, MOST_REPLICATES = 5, 10_000


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
    replicates: int | None = None,
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
        replicates: repetitions for a single ticket, 2 or more, 5 by default: each has an order of the
            training examples of its own, and draws its controls anew. Of a folder of replicates, none.
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
    subjects = subjects_of(found, levels)
    first, count = subjects.first, _replicates(replicates, subjects)
    is_trained = bool(first.metrics.get("trained", False)) if trained is None else trained
    chosen = _definition(definition, is_trained)
    names = _controls(controls)
    _check_stage(first, is_trained)
    setting = setting_of(first.spec, data, settings, _task(loss, metric, data))
    make = partial(_make, model)
    _check_takes(first.build(copy.deepcopy(make(first))), setting, first)
    place = home_of(subjects, None if isinstance(found, Ticket) else Path(found), None if out is None else Path(out))
    with tempfile.TemporaryDirectory(prefix="tombola-") if place is None else nullcontext(place) as folder:
        home = Path(folder)
        fabric = make_fabric(setting.training.precision)
        verification = Verification(
            bench=Bench(setting, make, fabric, progress or Progress(), None if model is None else model_code(model)),
            definition=chosen,
            controls=names,
            replicates=count,
            folder=TrialFolder(home / "verification"),
            is_trained=is_trained,
            include=_patterns(first, "include"),
            exclude=_patterns(first, "exclude"),
        )
        with RunFolder(home).held(), prepared_process():
            levels_found = tuple(verification.verdicts(subjects))
            record = summary(subjects, verification, levels_found, _findings(subjects))
            record |= {"environment": environment(fabric, setting.training.precision)}
            record |= {"seconds": time.perf_counter() - began, "command": command}
            write_json(home / "verification.json", record)
            if place is not None:
                _write_pages(home)
    return Verified(record["verdict"], levels_found, record, place)


def _replicates(given: Any, subjects: Subjects) -> int:
    """How often a single ticket is repeated; of several searches each is one replicate."""
    if subjects.kind == "replicates":
        if given not in (None, subjects.searches):
            raise UsageError(
                f"replicates={given!r}: {subjects.name} has {subjects.searches} replicates; expected no number"
            )
        return subjects.searches
    count = USUAL_REPLICATES if given is None else given
    if not isinstance(count, int) or isinstance(count, bool) or not 2 <= count <= MOST_REPLICATES:
        raise UsageError(
            f"replicates={count!r}: an interval needs 2 or more, expected a whole number, 2 to {MOST_REPLICATES:,}"
        )
    return count


def _check_stage(ticket: Ticket, is_trained: bool) -> None:
    if is_trained and ticket.metrics.get("stage") == "trained":
        raise UsageError(
            "the file holds a trained network, which training again would flatter: expected the ticket beside it, or "
            "the run's folder; or measure it as it is"
        )


def _task(loss: Any, metric: Any, data: Any) -> Task | None:
    if loss is None and metric is None:
        return None
    return make_task(loss, metric, classes=datasets.load(data).classes)


def _check_takes(network: nn.Module, setting: Setting, ticket: Ticket) -> None:
    check_takes(network, setting.data, setting.task, ticket.architecture.name.rpartition(":")[2])


def _findings(subjects: Subjects) -> list[Finding]:
    """The audit of every run; of replicates each finding says whose it is."""
    several = len(subjects.folders) > 1
    return [
        replace(finding, name=f"{folder.name}: {finding.name}") if several else finding
        for folder in subjects.folders
        for finding in audit(folder)
    ]


def _write_pages(home: Path) -> None:
    write_verification(home)
    if (home / "result.json").exists():
        write_report(home)  # the run's own page shows the verdict too


def _definition(given: str | Definition | None, is_trained: bool) -> Definition:
    if isinstance(given, Definition):
        return given
    return definition_named(given or ("lottery-ticket" if is_trained else "supermask"))


def _controls(given: str | Sequence[str] | None) -> tuple[str, ...]:
    known = USUAL if given is None else tuple(CONTROLS)
    names = known if given is None or given == "all" else (given,) if isinstance(given, str) else given
    return tuple(control_named(name).name for name in names)


def _make(given: nn.Module | None, ticket: Ticket) -> nn.Module:
    """A module of the ticket's architecture. What a file names is never imported: only names of ours are made."""
    if given is not None:
        return given
    architecture = ticket.architecture
    check_builtin(architecture, ticket.mask.shapes | {name: tuple(value.shape) for name, value in ticket.state.items()})
    return models.find_model(architecture.name, architecture.arguments, _init_seed(ticket)).make()


def _init_seed(ticket: Ticket) -> int:
    seeds = ticket.spec.get("seeds")
    seed = seeds.get("init_seed", 0) if isinstance(seeds, Mapping) else 0
    return seed if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**63 else 0


def _patterns(ticket: Ticket, name: str) -> tuple[str, ...]:
    given = ticket.spec.get(name, ())
    return tuple(str(pattern) for pattern in given) if isinstance(given, list | tuple) else ()
