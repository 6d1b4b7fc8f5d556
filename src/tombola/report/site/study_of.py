"""What a page of the site is about: one study with one preset, or one of its runs."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tombola.records import StudyRecord
from tombola.records.results_folder import described_studies, read_records
from tombola.records.spelling import flat
from tombola.records.study_file import Extent, StudyFile, StudyPart
from tombola.report.site.file_names import file_name

FOLDERS = ("folder ", "Parquet file ")  # what the source of data begins with that was given as a path


@dataclass(frozen=True)
class StudyOf:
    """One study with one preset, and its records.

    Args:
        part: what the study is.
        given: what is typed for it; None of one that was made in Python.
        preset: of the records.
        records: all of them.
        extent: how much the study is with that preset; None where that is not known.
    """

    part: StudyPart
    given: str | None
    preset: str
    records: tuple[StudyRecord, ...]
    extent: Extent | None = None

    @property
    def missing(self) -> int:
        """How many runs are known to have no record."""
        return 0 if self.extent is None else self.extent.runs - self.extent.recorded(self.records)

    @property
    def title(self) -> str:
        """For people."""
        return self.part.title or self.part.name

    @property
    def folder(self) -> str:
        """Where the pages of its runs are."""
        return file_name(f"{self.part.name}--{self.preset}")  # names have no double hyphens

    @property
    def models(self) -> str:
        """The names of all models of its runs."""
        return " and ".join(sorted({record.name("model") for record in self.records}))

    @property
    def file(self) -> str:
        """Name of its page."""
        return f"{self.folder}.html"

    @property
    def command(self) -> str | None:
        """That runs it again; None where no command does."""
        if self.given is None:
            return None
        seen = 1 + max((record.seed for record in self.records), default=0)
        standard = self.extent and self.extent.replicates
        more = ["--replicates", str(seen)] if standard is not None and seen > standard else []
        return shlex.join(["tombola", "study", self.given, "--preset", self.preset, *self._data, *more])

    @property
    def _data(self) -> list[str]:
        """Where the data was, of which the folder's name alone is known; nothing of what is found by its name."""
        asked = self.part.data(self.preset)
        folders = {record.name("data") for record in self.records if _is_of_a_folder(record)}
        return ["--data", f"{asked}={folders.pop()}"] if asked is not None and len(folders) == 1 else []

    def run_file(self, record: StudyRecord) -> str:
        """Name of the page of one of its runs, seen from its own."""
        return f"{self.folder}/{file_name(record.id)}-{record.place}.html"

    @property
    def seconds(self) -> float:
        """Of computing: a run that stands in two arms was run once."""
        return sum({record.id: record.seconds for record in self.records}.values())

    def run_title(self, record: StudyRecord) -> str:
        """What tells one of its runs from the others, for people."""
        values = ", ".join(f"{name.rpartition('.')[2]} {flat(value)}" for name, value in record.values.items())
        return f"{record.arm}: {values}" if values else record.arm

    def run_command(self, record: StudyRecord) -> str | None:
        """That makes one of its runs alone again; None where no command does."""
        if self.command is None:
            return None
        place = {"arm": record.arm} | record.values | {"seed": record.seed}
        return f"{self.command} --where {shlex.join(f'{name}={flat(value)}' for name, value in place.items())}"


def _is_of_a_folder(record: StudyRecord) -> bool:
    data = record.settings.get("data")
    return isinstance(data, dict) and str(data.get("source")).startswith(FOLDERS)


def studies_in(folder: str | Path) -> tuple[StudyOf, ...]:
    """The studies whose records stand in a folder, by name and preset.

    Args:
        folder: of all studies' records.

    Raises:
        RunFolderError: where there is no such folder, or a record or a description is missing or damaged.
    """
    return studies_of(Path(folder), read_records(folder))


def studies_of(folder: Path, records: tuple[StudyRecord, ...]) -> tuple[StudyOf, ...]:
    """The studies that records are of, by name and preset; their descriptions stand in the folder.

    Raises:
        RunFolderError: where a description is missing or damaged.
    """
    grouped: dict[tuple[str, str], list[StudyRecord]] = {}
    for record in records:
        grouped.setdefault((record.study, record.preset), []).append(record)
    described = described_studies(folder)
    return tuple(_study(described[study], preset, tuple(found)) for (study, preset), found in sorted(grouped.items()))


def _study(file: StudyFile, preset: str, records: tuple[StudyRecord, ...]) -> StudyOf:
    return StudyOf(file.study, file.given, preset, records, file.extents.get(preset))
