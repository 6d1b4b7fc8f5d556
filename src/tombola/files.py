"""Paths that were given, and atomic writes: a reader sees the old file or the new one, never half of either."""

import errno
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tombola.errors import RunFolderError, UsageError


def path_of(argument: str, given: Any, expected: str = "a path") -> str:
    """A path as text.

    Raises:
        UsageError: which says what is expected, for anything else, and for what no file can be called.

    >>> from pathlib import Path
    >>> path_of("results", Path("here/results"))
    'here/results'
    """
    path = os.fspath(given) if isinstance(given, os.PathLike) else given
    if not isinstance(path, str) or not path or "\0" in path:
        raise UsageError(f"{argument}={given!r}: expected {expected}")
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        pass  # whether something must be there is for others to say
    except OSError as error:
        raise UsageError(f"{argument}={given!r}: {error.strerror}; expected {expected}") from error
    return path


NO_FOLDER = "a file stands in the place of its folder"
REASONS = {errno.EEXIST: NO_FOLDER, errno.ENOTDIR: NO_FOLDER}  # the system says "File exists", of another file
FULL = (errno.ENOSPC, errno.EDQUOT)


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` in one step: beside it first, flushed to disk, then renamed.

    Raises:
        RunFolderError: where the disk is full or the folder cannot be written; what stood at
            `path` before is untouched.
    """
    path = Path(path).resolve()  # a link stays, what it points to is replaced
    if os.path.exists(path) and not path.is_file():  # not path.exists(), which fails where a name is too long
        kind = "a folder" if path.is_dir() else "not an ordinary file"
        raise RunFolderError(f"cannot write {path}: it is {kind}; choose another name")
    beside: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        beside = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        reason = REASONS.get(error.errno or 0, error.strerror or str(error))
        advice = "free some space or choose another folder" if error.errno in FULL else "choose another path"
        raise RunFolderError(f"cannot write {path}: {reason}; {advice}") from error


def is_unfinished(name: str) -> bool:
    """Whether a file of this name is what a write that was killed leaves behind.

    >>> is_unfinished(".study.json.k3x9.part"), is_unfinished("study.json")
    (True, False)
    """
    return name.startswith(".") and name.endswith(".part")


def write_text(path: Path, content: str) -> None:
    """`write_bytes` for text, in UTF-8."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: Any) -> None:
    """`write_bytes` for JSON, indented, keys in the order given.

    Raises:
        RunFolderError: as `write_bytes`, and where a number is NaN or infinite, which JSON has not.
    """
    try:
        text = json.dumps(content, indent=2, allow_nan=False)
    except ValueError as error:
        raise RunFolderError(f"cannot write {path}: a number in it is NaN or infinite, expected finite ones") from error
    write_text(path, text + "\n")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
