"""What is to be verified: one ticket, the levels of a run, or the same of several replicates."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola.errors import RunFolderError, UsageError
from tombola.ticket import Ticket, load
from tombola.training.identity import differences

ALL = "all"


@dataclass(frozen=True, eq=False)
class Subject:
    """One ticket to verify.

    Args:
        ticket: the candidate.
        level: of iterative pruning; None for the ticket of a run or file.
        replicate: which of several searches found it; None for a ticket that is all there is.
    """

    ticket: Ticket
    level: int | None = None
    replicate: int | None = None


@dataclass(frozen=True, eq=False)
class Subjects:
    """All that is verified together.

    Args:
        kind: `ticket`, `run` or `replicates`.
        name: for people.
        tickets: level -> the tickets of that level, one a replicate, in order.
        folders: of the runs that found them; none of a ticket that is all there is.
    """

    kind: str
    name: str
    tickets: Mapping[int | None, tuple[Subject, ...]]
    folders: tuple[Path, ...] = ()

    @property
    def first(self) -> Ticket:
        """Any of them: what they were found on and how is the same for all."""
        return next(iter(self.tickets.values()))[0].ticket

    @property
    def searches(self) -> int:
        """How many searches there were."""
        return max(map(len, self.tickets.values()))


def subjects_of(given: Ticket | str | Path, levels: str | Sequence[int] | None = None) -> Subjects:
    """What a user gives to verify.

    Args:
        given: a ticket, its file, a run's folder, or a folder of replicates, `seed-0`, `seed-1` …
        levels: of a run with levels: `"all"`, or their indices; the run's own ticket where not given.

    Raises:
        UsageError: where a level is asked for that is not there.
        RunFolderError: where the folder is none of a finished run.
        TicketError: where a ticket is damaged.
    """
    if isinstance(given, Ticket):
        _no_levels(levels, "a ticket")
        return Subjects("ticket", given.architecture.name, {None: (Subject(given),)})
    path = Path(given)
    if not path.is_dir():
        _no_levels(levels, f"the ticket {path}")
        return Subjects("ticket", str(path), {None: (Subject(load(path)),)})
    named = [each for each in path.glob("seed-*") if re.fullmatch(r"seed-[0-9]+", each.name) and each.is_dir()]
    seeds = sorted(named, key=lambda folder: int(folder.name.removeprefix("seed-")))
    if not (path / "spec.json").exists() and seeds:
        return _replicates(path, seeds, levels)
    of_run = _of_run(path, levels)
    return Subjects("run", str(path), {level: (Subject(ticket, level),) for level, ticket in of_run.items()}, (path,))


def _replicates(path: Path, seeds: list[Path], levels: str | Sequence[int] | None) -> Subjects:
    if len(seeds) < 2:
        raise UsageError(f"{path} holds one replicate: expected seed-0, seed-1, … or the run itself, {seeds[0]}")
    runs = [_of_run(folder, levels) for folder in seeds]
    _check_replicates(seeds, [next(iter(run.values())) for run in runs])
    common = [level for level in runs[0] if all(level in run for run in runs)]
    if not common:
        raise RunFolderError(f"the replicates in {path} have no level in common: expected runs of one search")
    found = {
        level: tuple(Subject(run[level], level, replicate) for replicate, run in enumerate(runs)) for level in common
    }
    return Subjects("replicates", str(path), found, tuple(seeds))


def _check_replicates(folders: Sequence[Path], tickets: Sequence[Ticket]) -> None:
    """Raise where runs differ in more than their seeds, or found one and the same ticket."""
    first = _without_seeds(tickets[0])
    for folder, ticket in zip(folders[1:], tickets[1:], strict=True):
        if (other := _without_seeds(ticket)) != first:
            where = f"{folders[0].name} and {folder.name} are no replicates"
            raise UsageError(f"{where}: {differences(first, other)}; expected runs that differ in their seeds alone")
    digests = [ticket.digest for ticket in tickets]
    for index, digest in enumerate(digests):
        if digest in digests[:index]:
            same = folders[digests.index(digest)].name
            raise UsageError(
                f"{same} and {folders[index].name} hold one ticket: expected replicates of different seeds"
            )


def _without_seeds(ticket: Ticket) -> dict[str, Any]:
    spec = json.loads(json.dumps(dict(ticket.spec)))
    spec.pop("seeds", None)
    for part in spec.values():
        if isinstance(part, dict):
            part.pop("seed", None)
    model = spec.get("model")
    if isinstance(model, dict):  # of a module of one's own each seed has values of its own
        model.pop("state", None)
    found: dict[str, Any] = spec
    return found


def _of_run(path: Path, levels: str | Sequence[int] | None) -> dict[int | None, Ticket]:
    if not (path / "result.json").exists():
        raise RunFolderError(f"{path} holds no finished run: expected the folder that `tombola find` wrote")
    if levels is None:
        return {None: load(path / "ticket")}
    there = sorted(int(folder.name) for folder in path.glob("levels/*") if re.fullmatch(r"[0-9]+", folder.name))
    pruned = [level for level in there if level > 0]  # level 0 is the whole network, which is a control
    if not pruned:
        raise UsageError(f"{path} has no levels: expected none to be asked for, or a run of iterative pruning")
    wanted = pruned if levels == ALL else sorted({int(level) for level in levels})
    if missing := [level for level in wanted if level not in pruned]:
        raise UsageError(f"{path} has no level {missing[0]}: expected some of {pruned[0]} to {pruned[-1]}")
    return {level: load(path / "levels" / f"{level:02}" / "ticket") for level in wanted}


def _no_levels(levels: object, what: str) -> None:
    if levels is not None:
        raise UsageError(f"{what} has no levels: expected the folder of a run that has")
