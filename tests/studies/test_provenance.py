"""A record says which states of the program its run was computed by."""

import subprocess
from pathlib import Path

import pytest

from tombola.records import StudyRecord
from tombola.records.study_record import Commit
from tombola.studies import Conductor, Study, StudyFolder, provenance
from tombola.studies.provenance import note_program, program

OLD, NEW = Commit(commit="1" * 40, dirty=False), Commit(commit="2" * 40, dirty=True)


def at(commit: Commit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "program", lambda: commit)


def test_programs_are_noted_in_their_order_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "run.programs.json"
    at(OLD, monkeypatch)
    assert note_program(place) == note_program(place) == OLD.model_dump() | {"earlier": []}
    at(NEW, monkeypatch)
    assert note_program(place) == NEW.model_dump() | {"earlier": [OLD.model_dump()]}
    for content in ("", "[3]", "{}", '[{"commit": 3}]', "[" * 10_000):
        place.write_text(content)
        assert note_program(place)["earlier"] == []


def test_a_run_that_is_gone_on_with_by_another_program_has_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(name="one", settings={"model": "digits-mlp", "data": "digits", "epochs": 1, "precision": "32"})
    folder = StudyFolder(tmp_path / "results", tmp_path / "work", "one", "full")
    at(OLD, monkeypatch)
    with monkeypatch.context() as broken:
        broken.setattr("tombola.studies.one_run.execute", stopped)
        with pytest.raises(KeyboardInterrupt):
            Conductor(folder).run(study)
    at(NEW, monkeypatch)
    assert Conductor(folder).run(study).is_complete
    (path,) = folder.records.glob("*.json")
    code = StudyRecord.read(path).code
    assert (code.commit, code.dirty, code.earlier) == (NEW.commit, True, (OLD,))
    assert not list((tmp_path / "work").rglob("*.programs.json")), "what a run worked with is gone when it is recorded"


def stopped(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_the_program_is_that_of_the_repository_it_lies_in() -> None:
    home = Path(provenance.__file__).parent
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=home, capture_output=True, text=True, check=False)
    assert program().commit == (head.stdout.strip() or None)
