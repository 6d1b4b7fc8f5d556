"""`StudyFolder`: the one owner of the paths of a study with one preset."""

import json
import os
import shutil
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tombola.errors import RunFolderError
from tombola.records import StudyRecord
from tombola.records.points import place_of
from tombola.records.reading import SCHEMA_VERSION
from tombola.records.study_file import FILE, StudyFile
from tombola.records.study_record import write_record
from tombola.studies.described import described
from tombola.studies.held import LOCK, held
from tombola.studies.parts import FULL
from tombola.studies.planned import NamedRun
from tombola.studies.study import Study
from tombola.studies.study_run import StudyRun, run_key
from tombola.training.identity import differences
from tombola.training.store import TrainingStore


@dataclass(frozen=True)
class StudyFolder:
    """Records of a study with one preset, and the folders its runs work in.

    `results/STUDY/study.json`, `results/STUDY/PRESET/ID-PLACE.json`; `runs/studies/STUDY/PRESET/ID/`.

    Args:
        results: the folder of all studies' records; small files, made to be kept.
        work: the folder of unfinished runs: checkpoints and tickets.
        study: name of the study.
        preset: with which it is run.
        given: what was typed for it, where something was; recorded, so that pages can say how to run it again.
    """

    results: Path
    work: Path
    study: str
    preset: str
    given: str | None = None

    @property
    def study_file(self) -> Path:
        """What the study is."""
        return self.results / self.study / FILE

    @property
    def records(self) -> Path:
        """The folder of the records."""
        return self.results / self.study / self.preset

    def record(self, key: str, run: StudyRun) -> Path:
        """The record of a run with the identity `key`; written last, so a run that has it is finished.

        Its name says its place in the study too: one run may stand in two arms.
        """
        return self.records / f"{key}-{place_of(run.arm, run.point)}.json"

    def run(self, key: str) -> Path:
        """Where one run works."""
        return self.work / self.study / self.preset / key

    def note(self, key: str) -> Path:
        """Where it is noted which programs were at a run."""
        return self.run(key).with_suffix(".programs.json")

    @property
    def trainings(self) -> TrainingStore:
        """Trainings that several of its runs begin with."""
        return TrainingStore(self.work / self.study / self.preset / ".trainings")

    def prepare(self, study: Study) -> None:
        """Write down what the study is, once it is seen that there is room to work.

        Raises:
            RunFolderError: where the folder holds another study, or cannot be written.
        """
        home = self.study_file.parent
        if link := next((each for each in (home, self.records) if each.is_symlink()), None):
            raise RunFolderError(f"{link} is a link, which readers of records do not follow: choose its folder itself")
        there = described(home)
        if there is not None and (name := there.study.name) != study.name:
            raise RunFolderError(f"{home} holds the study {name!r}, not {study.name!r}: choose another folder")
        names = (FULL, *study.presets)
        sizes: dict[str, Any] = {"replicates": {name: study.replicates_of(name) for name in names}}
        sizes["places"] = {name: study.places(name) for name in names}
        given = {} if self.given is None else {"given": self.given}
        written = {"schema": SCHEMA_VERSION} | given | sizes | {"study": study.model_dump(mode="json")}
        is_new = there is None or json.loads(self.study_file.read_bytes()) != written
        if is_new or not self.records.exists():
            with held(self.work / self.study / self.preset / LOCK):  # so that no half of a study is left where it fails
                pass
        if is_new:
            StudyFile.write(home, written)

    def found(self, key: str, run: StudyRun) -> Path | None:
        """The record of a run, or that of the same run in another arm or another study of the results folder."""
        path = self.record(key, run)
        return path if path.exists() else next(iter(sorted(self.results.glob(f"*/*/{key}-*.json"))), None)

    def finished(self, key: str, run: StudyRun) -> StudyRecord | None:
        """The record of a run, if it is finished; one that was found elsewhere is written down here too.

        Raises:
            RunFolderError: where there is one that is damaged, of an unknown version or of another run.
        """
        found, own = self.found(key, run), self.record(key, run)
        if found is None:
            return None
        record = StudyRecord.read(found)
        if found == own:
            return record
        place = {"study": self.study, "preset": self.preset, "arm": run.arm, "point": run.point}
        return write_record(own, json.loads(found.read_bytes()) | place)

    def refuse_others(self, planned: Iterable[NamedRun]) -> None:
        """Refuse records of these runs that were made with other settings: of a study that was changed since.

        Raises:
            RunFolderError: which names one, and what is different; or where a record is damaged.
        """
        there = {run_key(record.arm, record.point, record.seed): (path, record) for path, record in self.recorded()}
        for each in planned:
            found = there.get(each.run.key)
            if found is not None and found[1].id != each.id:
                raise self._refusal(*found, each)

    def _refusal(self, path: Path, record: StudyRecord, now: NamedRun) -> RunFolderError:
        here = now.spec["run"]["data"]
        there = record.settings.get("data")
        known = there.get("fingerprint") if isinstance(there, dict) else None
        if known is None or known == here["fingerprint"]:
            return self.changed(path, now.run, differences(record.spec, dict(now.spec)))
        return RunFolderError(
            f"{path} is of the run {now.run} on other data than {here['source']}: give the copy that the records are "
            f"of, or another folder for yours, as --results mine"
        )

    def changed(self, path: Path, run: StudyRun, how: str) -> RunFolderError:
        """The error that refuses a record of a run with other settings."""
        return RunFolderError(
            f"{path} is of the run {run} with other settings, from before the study or the program was changed "
            f"({how}): give the study a name of its own, or move {self.records} away"
        )

    def move_records(self, planned: Iterable[NamedRun], places: Container[str]) -> None:
        """Have the records of these runs where the study has their runs now, and no longer where it has none.

        Of a study that has been given another axis, or has one less. A kill leaves at most both, for the next time.

        Args:
            planned: runs of the study.
            places: short names of the places of all its runs.
        """
        runs: dict[str, list[StudyRun]] = {}
        for each in planned:
            runs.setdefault(each.id, []).append(each.run)
        for path in sorted(self.records.glob("*.json")):
            key, _, place = path.stem.partition("-")
            if key in runs and place not in places:
                for run in runs[key]:
                    self.finished(key, run)
                path.unlink(missing_ok=True)

    def recorded(self) -> tuple[tuple[Path, StudyRecord], ...]:
        """All records, with their files; one that another process moves meanwhile is passed over.

        Raises:
            RunFolderError: where one is damaged.
        """
        there = (path for path in sorted(self.records.glob("*.json")) if os.path.lexists(path))
        return tuple((path, StudyRecord.read(path)) for path in there)

    @contextmanager
    def claimed(self, key: str) -> Iterator[bool]:
        """Hold one run for one process; False where another process holds it, or its record or its work."""
        with held(self.records / f".{key}{LOCK}") as is_ours:
            if not is_ours:
                yield False
                return
            with held(self.run(key).with_suffix(LOCK)) as is_ours:
                yield is_ours

    def forget(self, key: str) -> None:
        """Remove what a finished run left in its working folder."""
        shutil.rmtree(self.run(key), ignore_errors=True)
        self.note(key).unlink(missing_ok=True)
