"""The record of one run of a study: one JSON file that says what was run, on what, and what came out."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, model_validator

from tombola.errors import RunFolderError, is_number
from tombola.files import write_json
from tombola.records.base import MOST, Curves, Json, Name, Record, Text, name_in
from tombola.records.measurements import Measurements
from tombola.records.reading import SCHEMA_VERSION, read_json
from tombola.records.reserved import is_reserved
from tombola.records.run_files import ResultFile
from tombola.training.identity import identity

AGAIN = "delete it, and run the study again"
MAPPINGS = ("layer_density", "layer_prune_fraction", "model_arguments")  # settings whose value is a mapping itself
NOTHING, NO_ENTRIES = "none", "{}"  # what stands for null, and for a mapping of nothing, among values of axes
QUOTED = ("{", '"')  # what mappings, and texts in quotes, begin with
MOST_SECONDS = 1e10  # some three hundred years
HELD_OUT_LOSSES = ("validation_loss", "test_loss")
MOST_POINTS = 200  # of a curve; more can neither be seen nor be kept small


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


def place_of(arm: str, point: Mapping[str, Any]) -> str:
    """A short name of a run's place in its study, whatever its seed: six digits of a hash; 1 and 1.0 are one place."""
    return identity({"arm": arm, "point": with_fractions(point)})[:6]


def with_fractions(value: Any) -> Any:
    """A setting in which equal numbers are the same: alone or in mappings they are fractions, if they can be.

    >>> with_fractions({"lr": 1, "size": {"width": 0.5}, "bias": True})
    {'lr': 1.0, 'size': {'width': 0.5}, 'bias': True}
    """
    if isinstance(value, Mapping):
        return {name: with_fractions(each) for name, each in value.items()}
    return float(value) + 0.0 if is_number(value) and float(value) == value else value


def taken_names(point: Mapping[str, Any]) -> list[str]:
    """Names of axes, and of settings that change together, that columns of results have.

    >>> taken_names({"seed": 1, "size": {"density": 0.5, "id": "a"}})
    ['seed', 'id']
    """
    return [name for name in dict.fromkeys((*point, *values_of(point))) if is_reserved(name)]


def values_of(point: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a point of a grid: those that change together, and the entries of mappings, one by one.

    Lists are tuples, and nothing is `none`, so that all values can be told apart and counted: text that reads as
    what is no text does stands in quotes.

    >>> values_of({"density": 0.5, "size": {"epochs": 2, "hidden": [3, 4]}, "layer_density": {"fc1": 0.1}})
    {'density': 0.5, 'epochs': 2, 'hidden': (3, 4), 'layer_density.fc1': 0.1}
    >>> values_of({"clip_norm": None, "augment": "none", "layer_density": {}})
    {'clip_norm': 'none', 'augment': '"none"', 'layer_density': '{}'}
    """
    found: dict[str, Any] = {}
    for name, value in point.items():
        is_several = isinstance(value, Mapping) and name not in MAPPINGS
        found |= dict(
            chain.from_iterable(_leaves(*each) for each in (value.items() if is_several else [(name, value)]))
        )
    return found


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(f"{path}.{name}", each)
    else:
        yield path, _frozen(value)


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_frozen, value))
    if isinstance(value, Mapping):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and (value == NOTHING or value.startswith(QUOTED)):
        return f'"{value}"'
    return NOTHING if value is None else value


def columns(rows: list[dict[str, Any]], most: int = MOST_POINTS) -> dict[str, list[float | None]]:
    """Rows as columns, about so many of them at most, evenly spread, the last one among them.

    The row with the lowest held-out loss is always there: the early stop.

    >>> columns([{"step": step, "loss": 1 / step} for step in range(1, 6)], most=3)
    {'step': [1, 3, 5], 'loss': [1.0, 0.3333333333333333, 0.2]}
    """
    count = len(rows)
    spread = {round(at * (count - 1) / (most - 1)) for at in range(most)} if count > most else set(range(count))
    chosen = [rows[at] for at in sorted(spread | {low for name in HELD_OUT_LOSSES for low in _lowest(rows, name)})]
    names = dict.fromkeys(name for row in chosen for name, value in row.items() if is_number(value))
    return {name: [row.get(name) if is_number(row.get(name)) else None for row in chosen] for name in names}


def _lowest(rows: list[dict[str, Any]], name: str) -> list[int]:
    """Where a figure is lowest, the first of equal ones; nowhere where no row has it."""
    found = [at for at, row in enumerate(rows) if is_number(row.get(name))]
    return [min(found, key=lambda at: rows[at][name])] if found else []
