"""What is to be verified: one ticket, the levels of a run, or the same of several replicates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tombola.errors import RunFolderError, UsageError
from tombola.ticket import Ticket, load

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
    """

    kind: str
    name: str
    tickets: Mapping[int | None, tuple[Subject, ...]]

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
    folders = (each for each in path.glob("seed-*") if each.is_dir())
    seeds = sorted(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.name)])
    if not (path / "spec.json").exists() and seeds:
        return _replicates(path, seeds, levels)
    of_run = _of_run(path, levels)
    return Subjects("run", str(path), {level: (Subject(ticket, level),) for level, ticket in of_run.items()})


def _replicates(path: Path, seeds: list[Path], levels: str | Sequence[int] | None) -> Subjects:
    runs = [_of_run(folder, levels) for folder in seeds]
    common = [level for level in runs[0] if all(level in run for run in runs)]
    if not common:
        raise RunFolderError(f"the replicates in {path} have no level in common: expected runs of one search")
    found = {
        level: tuple(Subject(run[level], level, replicate) for replicate, run in enumerate(runs)) for level in common
    }
    return Subjects("replicates", str(path), found)


def _of_run(path: Path, levels: str | Sequence[int] | None) -> dict[int | None, Ticket]:
    if not (path / "result.json").exists():
        raise RunFolderError(f"{path} holds no finished run: expected the folder that `tombola find` wrote")
    if levels is None:
        return {None: load(path / "ticket")}
    there = sorted(int(folder.name) for folder in path.glob("levels/*") if folder.name.isdigit())
    pruned = [level for level in there if level > 0]  # level 0 is the whole network, which is a control
    wanted = pruned if levels == ALL else [int(level) for level in levels]
    if not pruned or (missing := [level for level in wanted if level not in pruned]):
        has = f"levels {pruned[0]} to {pruned[-1]}" if pruned else "no levels"
        asked = f"level {missing[0]}" if pruned else "levels"
        raise UsageError(f"{path} has {has}: expected them, or none, instead of {asked}")
    return {level: load(path / "levels" / f"{level:02}" / "ticket") for level in wanted}


def _no_levels(levels: object, what: str) -> None:
    if levels is not None:
        raise UsageError(f"{what} has no levels: expected the folder of a run that has")
