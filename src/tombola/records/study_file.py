"""`study.json`: what a study is, beside its records."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from tombola.records.base import Name, Record, Text
from tombola.records.reading import read_json

FILE = "study.json"


class StudyPart(Record):
    """What a reader of records needs of a study: the rest of its fields are passed over."""

    name: Name
    title: Text = ""
    question: Text = ""
    source: Text = ""
    claims: Annotated[list[Text], Field(max_length=100)] = Field(default_factory=list)
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class StudyFile(Record):
    """The file."""

    version: Literal[1] = Field(alias="schema")
    study: StudyPart

    @classmethod
    def read(cls, folder: Path) -> "StudyPart":
        """The study of a folder.

        Raises:
            RunFolderError: where the file is missing, damaged, or of an unknown schema version.
        """
        return read_json(folder / FILE, cls, missing="it is no folder of a study", again="run the study again").study
