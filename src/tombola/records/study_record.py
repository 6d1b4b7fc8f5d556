"""The record of one run of a study: one JSON file that says what was run, on what, and what came out."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, model_validator

from tombola.errors import RunFolderError
from tombola.files import write_json
from tombola.records.base import MOST, Curves, Json, Name, Record, Text, name_in
from tombola.records.measurements import Measurements
from tombola.records.points import place_of, taken_names, values_of, with_fractions
from tombola.records.reading import SCHEMA_VERSION, read_json
from tombola.records.run_files import ResultFile
from tombola.training.identity import identity

AGAIN = "delete it, and run the study again"
MOST_SECONDS = 1e10  # some three hundred years


class Commit(Record):
    """A state of the program: the commit, and whether files differed from it; None outside a repository."""

    commit: Text | None = None
    dirty: bool | None = None


class Code(Commit):
    """The program that finished a run, and those before it, where the run was gone on with by another."""

    earlier: tuple[Commit, ...] = ()


class StudyRecord(Record):
    """One run of a study, finished.

    Attributes:
        id: hash of `spec`.
        study, preset, arm, point, seed: where in the study it stands.
        spec: everything that was chosen, defaults included: `run`, as `tombola find` writes it, and `measures`.
        outcome: `finished`; or `diverged` or `collapsed`, which is a result too, and `error` says of what.
        result: of the run, as `result.json` has it, without the histograms of scores.
        curves: losses and metrics over the steps of the run's training, one column a name.
        measured: by the study's measures, by their names.
        environment: versions, device, threads, precision.
        code: commit of the program, at the beginning of the run, and of those that were at it before.
        finished: when, ISO 8601 in UTC.
        seconds: that run and measures took.
    """

    version: Literal[1] = Field(alias="schema")
    id: Text
    study: Name
    preset: Name
    arm: Name
    point: Json
    seed: Annotated[int, Field(ge=0, le=2**63)]
    spec: Json
    outcome: Literal["finished", "diverged", "collapsed"]
    error: Text | None = None
    result: ResultFile | None = None
    curves: Curves = Field(default_factory=dict)
    measured: Measurements = Measurements()
    environment: Json = Field(default_factory=dict)
    code: Code = Code()
    finished: Text
    seconds: Annotated[FiniteFloat, Field(ge=0, le=MOST_SECONDS)]

    @model_validator(mode="after")
    def _columns_are_of_one_length(self) -> "StudyRecord":
        if len({len(column) for column in self.curves.values()}) > 1:
            raise ValueError("the columns of its curves are of different lengths")
        return self

    @model_validator(mode="after")
    def _curves_are_over_epochs(self) -> "StudyRecord":
        epochs = self.curves.get("epoch", (None,) if self.curves else ())
        known = [epoch for epoch in epochs if epoch is not None]
        if len(known) < len(epochs) or known != sorted(known):
            raise ValueError("its curves have no epochs that rise")
        return self

    @model_validator(mode="after")
    def _moments_of_curves_can_be_counted(self) -> "StudyRecord":
        moments = [at for name in ("epoch", "step") for at in self.curves.get(name, ()) if at is not None]
        if not all(0 <= moment <= MOST for moment in moments):
            raise ValueError("its curves have epochs or steps below 0 or beyond 1e15")
        return self

    @model_validator(mode="after")
    def _has_a_result_where_it_finished(self) -> "StudyRecord":
        if (self.outcome == "finished") != (self.result is not None):
            raise ValueError(f"it {self.outcome}, and has {'no' if self.result is None else 'a'} result")
        return self

    @model_validator(mode="after")
    def _axes_have_names_of_their_own(self) -> "StudyRecord":
        if names := taken_names(self.point):
            raise ValueError(f"its axis {names[0]} has the name of a column of results")
        return self

    @classmethod
    def read(cls, path: Path) -> "StudyRecord":
        """Read a record.

        Raises:
            RunFolderError: where it is missing, damaged, of an unknown schema version, its id is not that of its spec,
                or its name and its seeds are not those of its place.
        """
        if path.is_symlink() and not path.exists():
            raise RunFolderError(f"{path} is a link to a file that is not there: delete it, and run its study again")
        record = read_json(path, cls, missing="the study has not run it", again=AGAIN)
        if identity(record.spec) != record.id:
            raise RunFolderError(f"{path} is damaged: its id is not that of its spec; restore it or {AGAIN}")
        if path.name != record.file_name:
            raise RunFolderError(f"{path} is not of the run that its name says: delete it, and run its study again")
        if record.seed != record.seed_of_spec:
            raise RunFolderError(f"{path} is damaged: its seed is not that of its spec; restore it or {AGAIN}")
        return record

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return f"{self.id}-{self.place}.json"

    @property
    def seed_of_spec(self) -> Any:
        """The seed that its spec names, which is one for all but the split; its own, where it names none."""
        seeds = self.settings.get("seeds")
        return seeds.get("data_seed", self.seed) if isinstance(seeds, dict) else self.seed

    @property
    def place(self) -> str:
        """Its place in the study, see `place_of`; replicates share it."""
        return place_of(self.arm, self.point)

    @property
    def whole_place(self) -> str:
        """Its arm and its point in full, as text: what its replicates share, and no other runs of its study."""
        return json.dumps([self.arm, with_fractions(self.point)], sort_keys=True)

    @property
    def values(self) -> dict[str, Any]:
        """The values of the axes, see `values_of`."""
        return values_of(self.point)

    def name(self, part: str) -> str:
        """The name that the spec gives a part of the run (`model`, `data`), or a plain word in its place."""
        return name_in(self.settings, part)

    @property
    def settings(self) -> dict[str, Any]:
        """The whole spec of the run."""
        run = self.spec.get("run")
        return run if isinstance(run, dict) else {}


def write_record(path: Path, content: dict[str, Any]) -> StudyRecord:
    """Write a record in one step, checked first, and give it back as it will be read.

    Args:
        path: of the file.
        content: the fields of `StudyRecord`, without the version.
    """
    whole = {"schema": SCHEMA_VERSION} | content
    record = StudyRecord.model_validate_json(json.dumps(whole, allow_nan=False))
    write_json(path, whole)
    return record
