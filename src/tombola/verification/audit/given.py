"""Is a path that of a ticket or of a run at all? What is not, was not tampered with: it is another thing."""

import re
from pathlib import Path

from tombola.errors import UsageError
from tombola.training import RunFolder

EXPECTED = "expected a ticket file, or the folder of a finished run"
HEAD = 4096  # bytes; a ticket's name for itself stands within the first hundred


def ticket_or_run(path: Path) -> Path:
    """The ticket file or the folder of a finished run at `path`, however damaged.

    A folder with a ticket and nothing of a run, such as that of a level, stands for its ticket.

    Raises:
        UsageError: where it is neither, saying what to give instead.

    >>> ticket_or_run(Path("missing.ticket"))
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: 'missing.ticket' does not exist: expected a ticket file, or the folder of a finished run
    """
    if not path.exists():
        raise UsageError(f"{str(path)!r} does not exist: {EXPECTED}")
    if path.is_file():
        if not _is_meant_as_ticket(path):
            raise UsageError(f"{path} is no ticket: {EXPECTED}")
        return path
    if not path.is_dir():
        raise UsageError(f"{path} is not an ordinary file: {EXPECTED}")
    run = RunFolder(path)
    if run.result.exists():
        return path
    if run.ticket.exists() and not run.spec.exists():
        return run.ticket
    raise not_a_run(path)


def not_a_run(folder: Path) -> UsageError:
    """What to say of a folder that is none of a finished run."""
    run = RunFolder(folder)
    if run.spec.exists():
        ticket = f", or give the ticket alone, {run.ticket}" if run.ticket.exists() else ""
        return UsageError(f"{folder} is of a run that is not finished: run the same command again to finish it{ticket}")
    if seeds := _seeds(folder):
        return UsageError(f"{folder} holds one run for each seed: give one of them, such as {seeds[0]}")
    below = sorted(ticket.parent for pattern in ("*/ticket", "*/seed-*/ticket") for ticket in folder.glob(pattern))
    such = f", such as {below[0]}" if below else ""
    return UsageError(f"{folder} holds no ticket: {EXPECTED}{such}")


def _seeds(folder: Path) -> list[Path]:
    """The folders of replicates, finished ones first, in order."""
    found = [each for each in folder.glob("seed-*") if re.fullmatch(r"seed-\d+", each.name) and each.is_dir()]
    return sorted(found, key=lambda each: (not RunFolder(each).result.exists(), int(each.name.removeprefix("seed-"))))


def _is_meant_as_ticket(file: Path) -> bool:
    """By its name, or by what it begins with: a ticket that is damaged or was altered is one still."""
    if file.name in ("ticket", "trained") or file.suffix == ".ticket":
        return True
    try:
        with file.open("rb") as opened:
            return b'"tombola"' in opened.read(HEAD)
    except OSError:
        return True  # that it cannot be read is a finding
