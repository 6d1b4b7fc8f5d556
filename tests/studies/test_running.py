"""One call runs what is not finished of a study, and gives its runs as a table."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import tombola as tb
from tombola.errors import FaultsError, UsageError
from tombola.studies.papers import PAPERS

SETTINGS = {"model": "digits-mlp", "data": "digits", "epochs": 1, "batch_size": 256, "precision": "32"}


def sweep(**changed: Any) -> tb.Study:
    given = {"name": "sweep", "settings": SETTINGS, "axes": {"density": (0.3, 0.6)}, "replicates": 2}
    return tb.Study.model_validate(given | changed)


def run(path: Path, study: Any, *args: Any, **settings: Any) -> pd.DataFrame:
    return tb.run_study(study, *args, results=path / "results", work=path / "work", **settings)


def test_table_has_a_row_for_every_run_as_results_has(tmp_path: Path) -> None:
    frame = run(tmp_path, sweep())
    assert frame[["density", "seed"]].values.tolist() == [[0.3, 0], [0.6, 0], [0.3, 1], [0.6, 1]]
    everything = tb.results(tmp_path / "results").set_index("id")
    pd.testing.assert_frame_equal(frame.set_index("id").sort_index(), everything.sort_index())


def test_finished_runs_are_read_and_others_are_run(tmp_path: Path) -> None:
    first = run(tmp_path, sweep(), where={"density": 0.3}, replicates=1)
    assert len(first) == 1
    (record,) = (tmp_path / "results" / "sweep" / "full").glob("*.json")
    written = record.stat().st_mtime_ns
    again = run(tmp_path, sweep(), jobs=2)
    assert len(again) == 4
    assert record.stat().st_mtime_ns == written
    pd.testing.assert_series_equal(again.iloc[0], first.iloc[0], check_names=False, check_dtype=False)


def test_runs_that_no_time_was_left_for_have_no_row(tmp_path: Path) -> None:
    assert run(tmp_path, sweep(), budget=0.001).empty
    assert len(run(tmp_path, sweep(), budget="10m")) == 4


def test_a_table_has_the_columns_of_its_runs_whatever_is_finished(tmp_path: Path) -> None:
    size = ({"lr": 0.1, "batch_size": 256}, {"lr": 0.2, "batch_size": 128})
    none = run(tmp_path, sweep(axes={"density": (0.3,), "size": size}), budget=1e-9)
    assert none.groupby(["density", "lr", "batch_size"])["test_accuracy"].mean().empty
    assert none.groupby(["study", "preset", "arm", "seed"]).size().empty
    arms = {"a": {"axes": {"density": (0.3,)}}, "b": {"axes": {"lr": (0.2,)}}}
    some = run(tmp_path, sweep(name="arms", axes={}, arms=arms), where={"arm": "a"}, replicates=1)
    assert "lr" not in some
    assert some["test_accuracy"].notna().all()


def test_study_is_a_value_a_file_or_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"settings": SETTINGS, "presets": {"short": {"settings": {"epochs": 2}}}}))
    frame = run(tmp_path, file, "short")
    assert frame[["study", "preset", "training.epochs"]].values.tolist() == [["mine", "short", 2]]
    monkeypatch.setitem(PAPERS, "sweep", sweep(replicates=1))
    assert set(run(tmp_path, "sweep").study) == {"sweep"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"data": {"mnist": "data/mnist"}}, "unknown data set 'mnist'.*Known: digits"),
        ({"where": {"dense": 1}}, "unknown axis 'dense'"),
        ({"preset": "big"}, "unknown preset of sweep 'big'"),
        ({"budget": "soon"}, "'soon' is no span of time"),
        ({"jobs": 0}, "jobs=0: expected a whole number from 1"),
        ({"replicates": 0}, "replicates=0: expected"),
        ({"replicates": 2.5}, r"replicates=2\.5: expected a whole number from 1 to 5,000"),
        ({"replicates": "3"}, "replicates='3': expected a whole number"),
        ({"replicates": True}, "replicates=True: expected a whole number"),
        ({"preset": 5}, "unknown preset of sweep '5'.*Known: full"),
        ({"preset": []}, r"unknown preset of sweep '\[\]'"),
        ({"where": {3: 1}}, r"where=\{3: 1\}: expected names and values, such as \{'density': 0\.5\}"),
        ({"where": "density=0.3"}, "where='density=0.3': expected names and values"),
        ({"data": "x"}, "data='x': expected names and values, such as {'mnist': 'data/mnist'}"),
        ({"data": {3: "x"}}, "data={3: 'x'}: expected names and values"),
        ({"data": {"digits": 5}}, "data digits=5: expected a path"),
        ({"data": {"digits": "/nope"}}, "^data digits=/nope: '/nope' does not exist: expected a folder"),
        ({"budget": True}, "'True' is no span of time"),
        ({"budget": 1e9}, "'1000000000.0' is no span of time: .* below 1e8 seconds"),
        ({"jobs": True}, "jobs=True: expected a whole number"),
        ({"jobs": 1.0}, r"jobs=1\.0: expected a whole number"),
        ({"keep": "no"}, "keep='no': expected true or false"),
        ({"progress": 1}, "progress=1: expected a Progress, such as LiveProgress"),
        ({"progress": print}, "progress=<built-in function print>: expected a Progress"),
        ({"results": "x" * 300}, "results='x+': File name too long; expected a path"),
        ({"work": "a/" * 3000}, "work='[a/]+': File name too long; expected a path"),
        ({"jobs": "2"}, "jobs='2': expected a whole number from 1"),
        ({"results": 5}, "results=5: expected a path"),
        ({"work": b"work"}, "work=b'work': expected a path"),
        ({"work": ""}, "work='': expected a path"),
    ],
)
def test_wrong_argument_is_told_before_anything_is_run(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        tb.run_study(sweep(), **({"results": tmp_path / "results", "work": tmp_path / "work"} | settings))
    assert not (tmp_path / "results").exists()


def test_a_study_is_a_value_a_name_or_a_path(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"study=5: expected a Study, a name, or the path of a YAML file"):
        run(tmp_path, 5)


def test_all_that_is_wrong_with_a_study_is_told_at_once(tmp_path: Path) -> None:
    wrong = sweep(settings=SETTINGS | {"epochs": 0}, axes={"density": (0.3, 30)})
    with pytest.raises(FaultsError) as caught:
        run(tmp_path, wrong)
    assert len(caught.value.faults) == 2
    assert not (tmp_path / "results").exists()


def test_data_lies_where_it_is_said(tmp_path: Path) -> None:
    elsewhere = sweep(settings=SETTINGS | {"data": "mine"}, axes={}, replicates=1)
    assert len(run(tmp_path, elsewhere, data={"mine": "digits"})) == 1
    with pytest.raises(UsageError, match="mine"):
        run(tmp_path / "without", elsewhere)
