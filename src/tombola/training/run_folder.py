"""`RunFolder`: the one owner of the paths of a run. A run is identified by its whole spec."""

import errno
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tombola.errors import RunFolderError, TombolaError
from tombola.files import write_json, write_text
from tombola.training.checkpoint import STATE
from tombola.training.identity import SCHEMA, Spec, differences, identity

MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class RunFolder:
    """One folder, one run.

    `spec.json`, `metrics.jsonl`, `checkpoint/`, `ticket`, `trained`, `levels/`, `result.json`, `report.html`.
    """

    path: Path

    @property
    def spec(self) -> Path:
        """What the run is."""
        return self.path / "spec.json"

    @property
    def metrics(self) -> Path:
        """One line an epoch."""
        return self.path / "metrics.jsonl"

    @property
    def result(self) -> Path:
        """What came out; written last, so a run that has it is finished."""
        return self.path / "result.json"

    @property
    def ticket(self) -> Path:
        """The ticket found."""
        return self.path / "ticket"

    @property
    def trained(self) -> Path:
        """The network that the ticket was trained to, as a ticket; of methods that train theirs."""
        return self.path / "trained"

    @property
    def levels(self) -> Path:
        """One folder a level, of methods that have levels."""
        return self.path / "levels"

    def level(self, level: int) -> Path:
        """The folder of one level: its `ticket`, and its `metrics.jsonl`."""
        return self.levels / f"{level:02}"

    @property
    def verification(self) -> Path:
        """The verdict on the ticket, where it was verified; `verification/` holds its trials."""
        return self.path / "verification.json"

    @property
    def report(self) -> Path:
        """The page about the run."""
        return self.path / "report.html"

    @property
    def checkpoints(self) -> Path:
        """One folder a training of the run."""
        return self.path / "checkpoint"

    def checkpoint(self, training: str) -> Path:
        """The folder of the checkpoints of one training of the run."""
        return self.checkpoints / training

    @contextmanager
    def claim(self, spec: Spec, *, fresh: bool = False, command: str | None = None) -> Iterator[None]:
        """Hold the folder for one process and one spec.

        A folder with the same spec is gone on with; `fresh` removes what an earlier run left. The
        `command` that runs it again is recorded beside the spec, and is no part of its identity.

        Raises:
            RunFolderError: where the folder holds another run or other files, is in use, or
                cannot be written.
        """
        is_new = not self.path.exists()
        self._make()
        self._check_is_a_run()
        with self._lock(), self._given_up(is_new):
            self._check(spec, fresh)
            self._sweep(everything=fresh)
            if fresh or not self._holds(spec):
                how = {} if command is None else {"command": command}
                write_json(self.spec, {"schema": SCHEMA, "id": identity(spec), "spec": spec} | how)
            yield

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for one process, whatever it is for.

        Raises:
            RunFolderError: where it is in use or cannot be written.
        """
        self._make()
        with self._lock():
            yield

    @contextmanager
    def _given_up(self, is_new: bool) -> Iterator[None]:
        """A run that fails before its first checkpoint leaves nothing behind."""
        try:
            yield
        except TombolaError:
            if is_new and not self._others():
                shutil.rmtree(self.path, ignore_errors=True)
            raise

    def finished(self, spec: Spec) -> dict[str, Any] | None:
        """The result of this very spec, if the run is finished."""
        if not (self.result.exists() and self.ticket.exists()):
            return None
        result = _read_json(self.result)
        return result if result.get("id") == identity(spec) else None

    def has_checkpoint(self, spec: Spec) -> bool:
        """Whether this very spec left something to go on from."""
        return self._holds(spec) and any(self.checkpoints.rglob(STATE))

    def write_metrics(self, rows: list[dict[str, Any]], level: int | None = None) -> None:
        """Replace the metrics by `rows`; those of one level too, where the rows are a level's."""
        text = "".join(json.dumps(row) + "\n" for row in rows)
        write_text(self.metrics, text)
        if level is not None:
            self.level(level).mkdir(parents=True, exist_ok=True)
            write_text(self.level(level) / "metrics.jsonl", text)

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = getattr(error, "strerror", None) or str(error)
            raise RunFolderError(f"cannot make the folder {str(self.path)!r}: {reason}; choose another") from error

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with open_lock(self.path / ".lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RunFolderError(f"{self.path} is in use by another process: wait, or choose another") from error
            yield

    def _check_is_a_run(self) -> None:
        if others := self._others() if not self.spec.exists() else []:
            raise RunFolderError(
                f"{self.path} holds other files ({', '.join(others[:3])}): expected an empty folder or a run's"
            )

    def _check(self, spec: Spec, fresh: bool) -> None:
        if fresh or not self.spec.exists() or self._holds(spec):
            return
        content = _read_json(self.spec)
        if not self._others() and content.get("schema") == SCHEMA:
            return  # a run that was refused before its first checkpoint left nothing but its spec
        raise RunFolderError(
            f"{self.path} holds another run ({differences(content.get('spec', {}), spec)}): "
            "choose another folder, or say fresh to replace it"
        )

    def _others(self) -> list[str]:
        """What the folder holds besides a spec, finished or half-written."""
        names = sorted(path.name for path in self.path.iterdir())
        return [name for name in names if name not in (".lock", "spec.json") and not _is_left_over(name, "spec.json")]

    def _holds(self, spec: Spec) -> bool:
        return self.spec.exists() and _read_json(self.spec).get("id") == identity(spec)

    def _sweep(self, everything: bool) -> None:
        """Remove what a killed process left half-written; or all of a run, its spec last."""
        try:
            for path in self.path.rglob(".*.part"):
                path.unlink(missing_ok=True)
            if everything:
                pages = (self.report, self.verification.with_suffix(".html"))
                for path in (self.result, self.metrics, self.ticket, self.trained, self.verification, *pages):
                    path.unlink(missing_ok=True)
                for path in (self.checkpoints, self.levels, self.path / "verification"):
                    _remove_folder(path)
                self.spec.unlink(missing_ok=True)
        except OSError as error:
            what, reason = error.filename or f"all of {self.path}", error.strerror or str(error)
            raise RunFolderError(f"cannot remove {what}: {reason}; choose another folder") from error


def open_lock(path: Path) -> BinaryIO:
    """Open the file that a process locks, and make it where there is none; what it holds is left.

    Raises:
        RunFolderError: where it is a link or no ordinary file, or cannot be written.
    """
    # Whoever can put a link there must not choose which file is opened.
    flags = os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        file = os.fdopen(os.open(path, flags, 0o666), "r+b", buffering=0)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RunFolderError(f"{path} is a link: remove it, or choose another folder") from error
        raise RunFolderError(f"cannot write in {path.parent}: {error.strerror}; choose another folder") from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise RunFolderError(f"{path} is not an ordinary file: remove it, or choose another folder")
    return file


def _remove_folder(path: Path) -> None:
    """Remove a folder with all it holds; of a link the link alone."""
    if path.is_symlink():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def _is_left_over(name: str, of: str) -> bool:
    return name.startswith(f".{of}.") and name.endswith(".part")


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():  # a pipe or a device would be read for ever
        raise RunFolderError(f"{path} is not an ordinary file: choose another folder, delete it, or say fresh")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES // 2**20} MB")
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"cannot read {path} ({error}): choose another folder, delete it, or say fresh") from error
    return content if isinstance(content, dict) else {}
