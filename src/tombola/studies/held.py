"""A file that says who is at something: as long as it is locked, somebody is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tombola.errors import RunFolderError
from tombola.training.run_folder import open_lock

LOCK = ".lock"  # how its name ends


@contextmanager
def held(place: Path) -> Iterator[bool]:
    """Hold a file that is there as long as somebody holds it; False where another process does."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise RunFolderError(
            f"cannot write {place}: {getattr(error, 'strerror', None) or error}; choose another folder"
        ) from error
    with open_lock(place) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_there = os.path.samestat(os.fstat(file.fileno()), place.stat())
        except OSError:  # held, or gone with the process that held it
            is_there = False
        if not is_there:
            yield False
            return
        try:
            yield True
        finally:
            place.unlink(missing_ok=True)
