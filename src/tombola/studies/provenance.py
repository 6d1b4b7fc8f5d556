"""Which states of the program a run was computed by: one, or several where it was stopped and gone on with."""

import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tombola.files import write_json
from tombola.records.study_record import Commit

MOST_BYTES = 2**20
_COMMITS = TypeAdapter(tuple[Commit, ...])


@cache
def program() -> Commit:
    """The commit of this process's program, and whether its files differ from it, as when this was first asked.

    Both are None outside a repository of its own.
    """
    here = Path(__file__).parents[1]
    if _git("ls-files", "--error-unmatch", "studies/provenance.py", here=here) is None:
        return Commit()
    commit = _git("rev-parse", "HEAD", here=here)
    status = _git("status", "--porcelain", "--", ".", here=here)
    return Commit(commit=commit, dirty=None if commit is None or status is None else bool(status))


def note_program(place: Path) -> Mapping[str, Any]:
    """Note beside a run's work that this program is at it; which it is, and which were at it before.

    Args:
        place: of the note, which a kill leaves.
    """
    here = program()
    earlier = [each for each in _noted(place) if each != here]
    commits = [each.model_dump() for each in (*earlier, here)]
    write_json(place, commits)
    return commits[-1] | {"earlier": commits[:-1]}


def _noted(place: Path) -> tuple[Commit, ...]:
    """What stands there; nothing where that is no note of ours."""
    try:
        if place.stat().st_size > MOST_BYTES:
            return ()
        return _COMMITS.validate_json(place.read_bytes())
    except (OSError, ValidationError):
        return ()


def _git(*words: str, here: Path) -> str | None:
    try:
        done = subprocess.run(
            ["git", *words], cwd=here, capture_output=True, text=True, timeout=10, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
