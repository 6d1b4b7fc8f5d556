"""`TrainingStore`: finished trainings, kept for other runs that begin with the same."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tombola.errors import RunFolderError
from tombola.files import write_bytes
from tombola.training.checkpoint import STATE, check_file
from tombola.training.run_folder import open_lock

TAKEN = "taken"  # a file beside checkpoints that another run has made
SECONDS_BETWEEN_LOOKS = 0.5


@dataclass(frozen=True)
class TrainingStore:
    """One folder a training, named by a hash of all that it follows from; whoever asks has to make that hash.

    Args:
        path: where they are.
    """

    path: Path

    @contextmanager
    def held(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Let one process at a time do a training, or take it; `waiting` is called now and then by the others.

        Raises:
            RunFolderError: where the store cannot be written.
        """
        with suppress(OSError):  # where it cannot be made, the lock says why
            self.path.mkdir(parents=True, exist_ok=True)
        with open_lock(self.path / f"{key}.lock") as file:
            while _is_held_elsewhere(file):
                waiting()
                time.sleep(SECONDS_BETWEEN_LOOKS)
            yield

    def take(self, key: str, folder: Path) -> bool:
        """Put a training's checkpoints into a `folder` without any; False where there is no such training.

        One that is damaged is removed.

        Raises:
            RunFolderError: where the folder cannot be written.
        """
        source = self.path / key
        if (folder / STATE).exists() or not (source / STATE).exists():
            return False
        try:
            for path in source.glob("*.safetensors"):
                check_file(path)
        except RunFolderError:
            shutil.rmtree(source, ignore_errors=True)
            return False
        try:
            _copy(source, folder, mark=True)
        except OSError:  # the store was cleared meanwhile
            return False
        return True

    def keep(self, key: str, folder: Path) -> None:
        """Keep the checkpoints of a finished training that a folder holds; where there is no room for them, do not."""
        if not (self.path / key / STATE).exists():
            with suppress(OSError, RunFolderError):  # sharing is a gain and no duty
                _copy(folder, self.path / key)

    def clear(self) -> None:
        """Remove all of them, in one step for those who are reading."""
        aside = self.path.with_name(f"{self.path.name}-{os.getpid()}")
        with suppress(OSError):
            self.path.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _copy(source: Path, target: Path, *, mark: bool = False) -> None:
    """Copy checkpoints; the state is the last, so that a folder which has it is whole."""
    names = {path.name for path in source.glob("*.safetensors")}
    files = {name: (source / name).read_bytes() for name in sorted(names - {STATE})} | {
        STATE: (source / STATE).read_bytes()
    }
    if mark:
        write_bytes(target / TAKEN, b"")
    for name, content in files.items():
        write_bytes(target / name, content)


def _is_held_elsewhere(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks: both train
        return False
    return False
