"""Where a verification is kept: the folder of what is verified, or one that was given and holds nothing else."""

import json
from pathlib import Path

from tombola.errors import RunFolderError
from tombola.verification.subjects import Subjects

RECORD = "verification.json"
OWN = {RECORD, "verification.html", "verification", ".lock"}


def home_of(subjects: Subjects, found: Path | None, out: Path | None) -> Path | None:
    """The folder, checked; None where none is kept.

    Args:
        subjects: that are verified.
        found: the path that was given to verify, if one was.
        out: the folder that was asked for, if one was.

    Raises:
        RunFolderError: where `out` is no folder, holds something else, or a verification of other tickets.
    """
    own = found if found is not None and subjects.kind != "ticket" else None
    if out is None or (own is not None and out.resolve() == own.resolve()):
        return own
    if out.exists():
        _check(out, subjects)
    return out


def _check(out: Path, subjects: Subjects) -> None:
    if not out.is_dir():
        raise RunFolderError(f"{out} is no folder: choose another name")
    others = sorted(path.name for path in out.iterdir() if path.name not in OWN and not path.name.endswith(".part"))
    if others:
        raise RunFolderError(f"{out} holds other files ({others[0]}): expected a new folder, or one of a verification")
    record = out / RECORD
    if not record.exists():
        return
    try:
        subject = json.loads(record.read_bytes())["subject"]
        digests = set(subject["digests"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(f"cannot read {record} ({type(error).__name__}): choose another folder") from error
    ours = {each.ticket.digest for tickets in subjects.tickets.values() for each in tickets}
    if not digests & ours:
        raise RunFolderError(f"{out} holds the verification of {subject.get('name')}: choose another folder")
