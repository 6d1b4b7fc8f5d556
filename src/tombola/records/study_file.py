"""`study.json`: what a study is, beside its records."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from tombola.records.base import Count, Json, Name, Record, Text
from tombola.records.reading import read_json

FILE = "study.json"


class StudyPart(Record):
    """What a reader of records needs of a study: the rest of its fields are passed over."""

    name: Name
    title: Text = ""
    question: Text = ""
    source: Text = ""
    claims: Annotated[list[Text], Field(max_length=100)] = Field(default_factory=list)
    settings: Json = Field(default_factory=dict)


class Extent(NamedTuple):
    """How much a study is with one preset.

    Args:
        runs: number of them.
        replicates: how often each is run.
    """

    runs: int
    replicates: int

    def recorded(self, seeds: Iterable[int]) -> int:
        """How many of the runs have a record, given the seeds of all records: there may be more replicates.

        >>> Extent(runs=4, replicates=2).recorded([0, 0, 1, 2, 3])
        3
        """
        return sum(seed < self.replicates for seed in seeds)


Extents = Mapping[tuple[str, str], Extent]  # by study and preset, where it is known


class StudyFile(Record):
    """The file.

    Attributes:
        study: that it describes.
        given: what was typed for it, a name or a YAML file; None where it was made in Python.
        runs: how many the study has with each preset.
        replicates: how often each of them is run.
    """

    version: Literal[1] = Field(alias="schema")
    study: StudyPart
    given: Text | None = None
    runs: Annotated[dict[Text, Count], Field(max_length=100)] = Field(default_factory=dict)
    replicates: Annotated[dict[Text, Count], Field(max_length=100)] = Field(default_factory=dict)

    @property
    def extents(self) -> dict[str, Extent]:
        """By preset."""
        return {
            preset: Extent(self.runs[preset], self.replicates[preset]) for preset in self.runs.keys() & self.replicates
        }

    @classmethod
    def read(cls, folder: Path) -> "StudyFile":
        """The file of a folder.

        Raises:
            RunFolderError: where the file is missing, damaged, or of an unknown schema version.
        """
        return read_json(folder / FILE, cls, missing="it is no folder of a study", again="run the study again")
