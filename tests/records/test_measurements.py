"""What measures found is read by type: wrong rows are refused with their place, measures of later versions are kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.claims.judged_records import record

from tombola.errors import RunFolderError
from tombola.records import StudyRecord

ROW = {"level": 1, "network": "ticket", "metric": 0.9, "loss": 0.3, "iterations": None, "density": 0.5, "kept": 5}
MOVED = {"level": 1, "layer": "fc1", "density": 0.5, "kept": 0.1, "removed": 0.05}


def written(tmp_path: Path, measured: Any) -> Path:
    whole = record("tickets-lenet", "iterative", 0, 0.9)
    content = json.loads(whole.model_dump_json(by_alias=True))
    path = tmp_path / whole.file_name
    path.write_text(json.dumps(content | {"measured": measured}))
    return path


def test_measures_have_types_and_others_are_kept(tmp_path: Path) -> None:
    given = {
        "controls": {"trials": [ROW], "not_applicable": {"dense": "why"}},
        "movement": {"rows": [MOVED]},
        "trainings": {"dense": {"step": [1, 2], "test_loss": [0.5, None]}},
        "later": {"anything": [1, "a"]},
    }
    found = StudyRecord.read(written(tmp_path, given)).measured
    assert found.model_dump(exclude_unset=True).keys() == given.keys()
    assert found.controls is not None
    assert found.movement is not None
    assert found.controls.trials[0].model_dump() == ROW
    assert found.movement.rows[0].model_dump() == MOVED
    assert found.trainings["dense"] == {"step": (1.0, 2.0), "test_loss": (0.5, None)}
    assert found.model_extra == {"later": {"anything": [1, "a"]}}
    assert StudyRecord.read(written(tmp_path, {})).measured.model_dump(exclude_unset=True) == {}


@pytest.mark.parametrize(
    ("measured", "place"),
    [
        ([], "measured"),
        ({"controls": []}, "controls"),
        ({"controls": {"trials": {}}}, "trials"),
        ({"controls": {"trials": [{key: value for key, value in ROW.items() if key != "density"}]}}, "density"),
        ({"controls": {"trials": [ROW | {"metric": "high"}]}}, "metric"),
        ({"controls": {"trials": [ROW | {"density": 0}]}}, "density"),
        ({"controls": {"trials": [ROW | {"metric": 1e308}]}}, "metric"),
        ({"movement": {"rows": [MOVED | {"kept": None}]}}, "kept"),
        ({"trainings": {"dense": [1]}}, "trainings"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place(measured: Any, place: str, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match=place):
        StudyRecord.read(written(tmp_path, measured))
