"""`study.json`: what a study is, beside its records."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field

from tombola.records.base import Count, Name, Record, Text
from tombola.records.reading import read_json, write_json_checked
from tombola.records.study_record import StudyRecord

FILE = "study.json"
MOST_PRESETS = 100


class StudyPart(Record):
    """What a reader of records needs of a study: the rest of its fields are kept as they are."""

    model_config = ConfigDict(extra="allow")

    name: Name
    title: Text = ""
    question: Text = ""
    source: Text = ""

    @property
    def spec(self) -> dict[str, Any]:
        """The whole study, as its file has it."""
        return self.model_dump(mode="json")

    def data(self, preset: str) -> str | None:
        """The name of the data set that all its runs with a preset read; None where that is not one."""
        presets = self.spec.get("presets")
        chosen = presets.get(preset) if isinstance(presets, dict) else None
        for part in (chosen, self.spec):
            settings = part.get("settings") if isinstance(part, dict) else None
            if isinstance(settings, dict) and isinstance(name := settings.get("data"), str):
                return name
        return None


class Extent(NamedTuple):
    """How much a study is with one preset.

    Args:
        places: one a run, see `place_of`; replicates share it, and two may have one short name.
        replicates: how often each is run.
    """

    places: tuple[str, ...]
    replicates: int

    @property
    def runs(self) -> int:
        """Number of them."""
        return len(self.places) * self.replicates

    def recorded(self, records: Iterable[StudyRecord]) -> int:
        """How many of the runs are among records, which may be of more replicates, or from before a study was changed.

        >>> Extent(("5f3a21",), replicates=2).recorded([])
        0
        """
        places = frozenset(self.places)
        return sum(record.place in places and record.seed < self.replicates for record in records)


Extents = Mapping[tuple[str, str], Extent]  # by study and preset, where it is known


class StudyFile(Record):
    """The file.

    Attributes:
        study: that it describes.
        given: what was typed for it, a name or a YAML file; None where it was made in Python.
        places: of the runs of each preset.
        replicates: how often each of them is run.
    """

    version: Literal[1] = Field(alias="schema")
    study: StudyPart
    given: Text | None = None
    places: Annotated[dict[Text, tuple[Name, ...]], Field(max_length=MOST_PRESETS)] = Field(default_factory=dict)
    replicates: Annotated[dict[Text, Count], Field(max_length=MOST_PRESETS)] = Field(default_factory=dict)

    @property
    def extents(self) -> dict[str, Extent]:
        """By preset."""
        known = self.places.keys() & self.replicates
        return {preset: Extent(self.places[preset], self.replicates[preset]) for preset in known}

    @staticmethod
    def write(folder: Path, content: Mapping[str, Any]) -> None:
        """Write the file of a folder in one step, checked first as it will be read.

        Raises:
            RunFolderError: where it could not be read again, or cannot be written.
        """
        write_json_checked(folder / FILE, content, StudyFile)

    @classmethod
    def read(cls, folder: Path) -> "StudyFile":
        """The file of a folder.

        Raises:
            RunFolderError: where the file is missing, damaged, or of an unknown schema version.
        """
        return read_json(folder / FILE, cls, missing="it is no folder of a study", again="run the study again")
