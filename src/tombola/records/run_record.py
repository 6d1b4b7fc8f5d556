"""What a finished run left behind, read back as one checked value."""

import shlex
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pydantic import JsonValue

from tombola.errors import RunFolderError
from tombola.records.base import name_in
from tombola.records.reading import read_json, read_json_lines
from tombola.records.run_files import EpochRow, ResultFile, SpecFile
from tombola.records.verification_record import FILE as VERIFICATION_FILE
from tombola.records.verification_record import VerificationRecord


@dataclass(frozen=True)
class RunRecord:
    """The records of one finished run.

    Attributes:
        folder: where the records were read.
        spec: the whole spec of the run, nested as it was written.
        command: the command line that runs it again, if recorded.
        epochs: one row an epoch, in order; empty for a method that does not train.
        result: what was found and what it was compared with.
        verification: what the folder holds of a verification; it counts where it `is_of` this run.
    """

    folder: Path
    spec: dict[str, JsonValue]
    command: str | None
    epochs: tuple[EpochRow, ...]
    result: ResultFile
    verification: VerificationRecord | None = None

    @classmethod
    def read(cls, folder: str | Path) -> "RunRecord":
        """Read `spec.json`, `metrics.jsonl` and `result.json` of a run folder, and `verification.json` if there is one.

        Raises:
            RunFolderError: where a file is missing, damaged, of an unknown schema version, or of another run.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise RunFolderError(f"{folder} is not a folder: give the folder that `tombola find` wrote")
        spec = read_json(folder / "spec.json", SpecFile)
        result = read_json(folder / "result.json", ResultFile)
        epochs = read_json_lines(folder / "metrics.jsonl", EpochRow)
        record = cls(folder, spec.spec, _command(spec), epochs, result, _verification(folder))
        _check_one_run(record, spec)
        return record

    def name(self, part: str) -> str:
        """The name the spec gives a part of the run (`model`, `data`, `method`), or a plain word in its place."""
        return name_in(self.spec, part)


def _command(spec: SpecFile) -> str | None:
    return shlex.join(spec.command) if isinstance(spec.command, tuple) else spec.command


def _verification(folder: Path) -> VerificationRecord | None:
    return VerificationRecord.read(folder) if (folder / VERIFICATION_FILE).exists() else None


def _check_one_run(record: RunRecord, spec: SpecFile) -> None:
    """The three files are written at different moments: a mix of two runs must not be drawn as one."""
    if record.result.id != spec.id:
        raise RunFolderError(
            f"{record.folder} mixes two runs: spec.json is of {spec.id}, result.json of {record.result.id}; "
            "run the search again in a new folder"
        )
    numbers = [row.epoch for row in record.epochs]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise RunFolderError(f"{record.folder / 'metrics.jsonl'} is damaged: its epochs are not in increasing order")
    chosen = record.result.chosen_epoch
    if chosen is not None and numbers and chosen > numbers[-1]:
        raise RunFolderError(
            f"{record.folder} is damaged: epoch {chosen:g} was chosen, but metrics.jsonl ends at epoch {numbers[-1]:g}"
        )
