"""Run a plan: find the ticket, keep the folder, write the page."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import nn

from tombola import ticket
from tombola.api.plan import Plan, plan
from tombola.errors import UsageError
from tombola.report import write_report
from tombola.search import search
from tombola.ticket import Ticket
from tombola.training import Progress, RunFolder, own_modes
from tombola.training.store import TrainingStore


@dataclass(frozen=True, eq=False)
class Run:
    """A finished search: the ticket, the record of `result.json`, and the folder (None if none was kept)."""

    ticket: Ticket
    result: Mapping[str, Any]
    folder: Path | None


def find(model: str | nn.Module, data: Any, **settings: Any) -> Ticket:
    """Find a ticket: `run(...)`, of which only the ticket is wanted.

    Args:
        model: a name of `tombola.models.NAMES`, `"package.module:callable"`, or any `nn.Module`,
            which is left as it is.
        data: `"digits"`, a hub name, a folder, or `(train, validation[, test])`: see `tombola.data.load`.
        settings: as `run` takes them.

    Raises:
        UsageError: where an argument is not allowed; the message says what is.
        DivergedError, CollapsedError: where the search breaks down.

    >>> import tombola as tb
    >>> ticket = tb.find("digits-mlp", "digits", method=tb.EdgePopup(density=0.5), epochs=1)
    >>> ticket.mask.kept()
    25216
    """
    return run(model, data, **settings).ticket


def run(
    model: str | nn.Module,
    data: Any,
    *,
    out: str | Path | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> Run:
    """Find a ticket, measure it, and keep the run in a folder if one is given.

    A run is identified by all of its settings. Started again with the same ones in the same
    folder, it goes on where it was, to the bit; a finished run is read, not run twice.

    Args:
        model: as `find`.
        data: as `find`.
        out: folder of the run; none is kept without it.
        fresh: replace what `out` holds instead of going on with it.
        progress: what is told on the way; nothing by default.
        settings: as `plan` takes them: method, weights, epochs, lr, seed, protocol, …

    Raises:
        UsageError: where an argument is not allowed; the message says what is.
        DivergedError, CollapsedError: where the search breaks down; a checkpoint is kept in `out`.
        RunFolderError: where `out` holds another run or cannot be written.
    """
    if not (out is None or isinstance(out, str | Path)):
        raise UsageError(f"out={out!r}: expected the path of a folder, or None")
    planned = plan(model, data, **settings)
    if out is not None:
        return execute(planned, Path(out), fresh=fresh, progress=progress)
    with tempfile.TemporaryDirectory(prefix="tombola-") as temporary:
        return replace(execute(planned, Path(temporary), progress=progress, page=False), folder=None)


@own_modes()
def execute(
    planned: Plan,
    out: Path,
    *,
    fresh: bool = False,
    progress: Progress | None = None,
    page: bool = True,
    command: str | None = None,
    store: TrainingStore | None = None,
) -> Run:
    """Run a plan in the folder `out`, or read it there if it is finished.

    Args:
        planned: what is run.
        out: folder of the run.
        fresh: replace what `out` holds.
        progress: what is told on the way; nothing by default.
        page: whether the report is written.
        command: the command line that runs it again, for the record.
        store: of trainings that other runs have done, and may take from this one.
    """
    folder, spec = RunFolder(out), dict(planned.spec)
    with folder.claim(spec, fresh=fresh, command=command):
        result = folder.finished(spec)
        if result is None:
            found, result = search(planned.job, planned.method, spec, folder, progress or Progress(), store)
        else:
            found = ticket.load(folder.ticket)
        if page and not folder.report.exists():
            write_report(folder.path)
        return Run(found, result, folder.path)
