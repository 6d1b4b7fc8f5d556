"""The records of studies below a folder: which files they are, and that each lies where it belongs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from tombola.errors import RunFolderError
from tombola.files import path_of
from tombola.records.study_file import FILE, Extents, StudyFile
from tombola.records.study_record import StudyRecord

SITE = "report"  # the folder of the pages, beside the studies
RECORD = re.compile(r"[0-9a-f]{16}-[0-9a-f]{6}\.json")


def read_records(folder: str | Path) -> tuple[StudyRecord, ...]:
    """All records of studies below a folder, in the order of their paths.

    Args:
        folder: of all studies, of one, or of one with one preset.

    Raises:
        UsageError: where that is no path.
        RunFolderError: where there is no such folder, a record is damaged or of an unknown version, lies in the
            folder of another study, or is there twice.
    """
    home = Path(path_of("folder", folder))
    if not home.is_dir():
        raise RunFolderError(f"{folder} is not a folder: expected one with records of studies")
    return tuple(_checked({path: StudyRecord.read(path) for path in record_paths(home)}))


def _checked(records: Mapping[Path, StudyRecord]) -> Iterator[StudyRecord]:
    """The records, each seen to lie where it belongs, and once."""
    seen: dict[tuple[str, ...], Path] = {}
    for path, record in records.items():
        place = (path.parent.parent.name, path.parent.name)
        if place != (record.study, record.preset):
            raise RunFolderError(
                f"{path} is a record of {record.study}, preset {record.preset}, and lies in the folder of "
                f"{' and '.join(place)}: put it back, or delete it"
            )
        run = (*place, record.whole_place, str(record.seed))
        if run in seen:
            raise _twice(seen[run], path, record)
        seen[run] = path
        yield record


def _twice(first: Path, second: Path, record: StudyRecord) -> RunFolderError:
    """The error that refuses two records of one run, in one folder of results or in two."""
    values = " ".join(f"{name}={value}" for name, value in record.values.items())
    run = f"are both of {record.arm} {values} seed {record.seed}"
    if first.parent == second.parent:
        return RunFolderError(f"{second} and {first.name} {run}: delete the one that is not of the study as it is now")
    one, other = first.parents[2], second.parents[2]
    return RunFolderError(f"{second} and {first} {run}, in two folders of results: read {one} or {other} alone")


def record_paths(folder: Path) -> Iterator[Path]:
    """The records of studies below a folder: a record's folder stands in one that holds what the study is.

    Their paths are whole ones, since the folders' names count.

    Raises:
        RunFolderError: where that is missing.
    """
    for path in sorted(folder.resolve().rglob("*.json")):
        if (path.parent.parent / FILE).exists() and path.name != FILE:
            yield path
        elif RECORD.fullmatch(path.name):
            raise RunFolderError(f"{path} is a record, and {path.parent.parent / FILE} is missing: run the study again")


def described_studies(folder: Path) -> dict[str, StudyFile]:
    """What the studies are whose records stand below a folder, by their names.

    Raises:
        RunFolderError: where a study's file is damaged, of an unknown schema version, or of another study.
    """
    homes = dict.fromkeys(path.parent.parent for path in record_paths(folder))
    files = {home: StudyFile.read(home) for home in homes}
    for home, file in files.items():
        if file.study.name != home.name:
            raise RunFolderError(
                f"{home / FILE} is of the study {file.study.name}, and lies in the folder of {home.name}: put it back, "
                f"or delete it and run the study {home.name} again"
            )
    return {file.study.name: file for file in files.values()}


def extents(folder: Path) -> Extents:
    """How much the studies below a folder are with each preset, where that is written down.

    Raises:
        RunFolderError: as `described_studies`.
    """
    described = described_studies(folder).items()
    return {(name, preset): extent for name, file in described for preset, extent in file.extents.items()}
