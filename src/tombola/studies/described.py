"""What a folder of a study says of itself, and which files belong there."""

import json
from pathlib import Path

from tombola.errors import RunFolderError
from tombola.files import is_unfinished
from tombola.records.results_folder import RECORD, SITE
from tombola.records.study_file import FILE, StudyFile
from tombola.studies.held import LOCK


def described(home: Path) -> StudyFile | None:
    """What the folder of a study says of itself; None where that is missing, or not even JSON.

    Raises:
        RunFolderError: where it is of another version, or the folder holds other things than records.
    """
    if _is_json(home / FILE):  # what is not is written again, where only records stand beside it
        return StudyFile.read(home)
    if other := next((each.name for each in sorted(home.glob("*")) if not _is_ours(each)), None):
        raise RunFolderError(f"{home} holds other files ({other}): expected an empty folder or a study's")
    return None


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return True


def _is_ours(path: Path) -> bool:
    """Whether this is the file that says what a study is, its pages, or a folder of records and nothing else.

    Another process may be at writing any of them just now.
    """
    if path.is_dir():
        names = [each.name for each in path.iterdir()]
        return path.name == SITE or all(RECORD.fullmatch(name) or _is_passing(name) for name in names)
    return path.name == FILE or _is_passing(path.name)


def _is_passing(name: str) -> bool:
    """Whether a file is there while a process is at work."""
    return is_unfinished(name) or (name.startswith(".") and name.endswith(LOCK))
