"""A folder of results is read as if a stranger had written it."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.claims.judged_records import HUMP, STUDY, altered, record, sweep, written

from tombola.api.settings import NAMES
from tombola.errors import RunFolderError
from tombola.records.frame import row
from tombola.records.reserved import RESERVED, is_reserved
from tombola.records.results_folder import read_records
from tombola.training.identity import identity


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "lr"), "NaN"),
        (("point", "lr"), "NaN"),
        (("point", "lr"), "1" + "0" * 400),
        (("environment", "load"), "Infinity"),
        (("curves",), '{"step": [1, 2], "test_loss": [0.5, 0.4]}'),
        (("curves",), '{"epoch": [-1, 2], "test_loss": [0.5, 0.4]}'),
        (("curves",), '{"epoch": [2, 1], "test_loss": [0.5, 0.4]}'),
        (("curves",), '{"epoch": [null, 1], "test_loss": [0.5, 0.4]}'),
        (("curves",), '{"epoch": [1e16], "test_loss": [0.5]}'),
        (("curves",), '{"epoch": [1], "step": [-1]}'),
        (("curves",), '{"epoch": [1], "test_loss": [1e308]}'),
        (("outcome",), '"diverged"'),
        (("result",), "null"),
    ],
)
def test_a_record_that_cannot_be_reckoned_with_is_damaged(path: tuple[str, ...], value: str, tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="is damaged"):
        read_records(altered(tmp_path, path, value))


def test_records_lie_in_the_folder_of_their_study_and_once(tmp_path: Path) -> None:
    home = written(tmp_path, sweep(HUMP)[:2])
    first = sorted((home / STUDY / "laptop").glob("*.json"))[0]
    content = json.loads(first.read_text())
    content |= {"spec": {"of": "an older study"}, "id": identity({"of": "an older study"})}
    twin = first.with_name(f"{content['id']}-{first.stem.partition('-')[2]}.json")
    twin.write_text(json.dumps(content))
    with pytest.raises(
        RunFolderError, match=r"are both of edge-popup weights=signed-kaiming-constant density=0\.1 seed 0: delete"
    ):
        read_records(home)
    twin.unlink()
    first.write_text(first.read_text().replace('"laptop"', '"paper"'))
    with pytest.raises(RunFolderError, match="preset paper, and lies in the folder of density-lenet and laptop"):
        read_records(home)


def test_a_run_that_two_folders_of_results_have_is_told_with_both_places(tmp_path: Path) -> None:
    homes = [written(tmp_path / name, sweep(HUMP)[:1]) for name in ("mine", "theirs")]
    first, second = (next((home / STUDY / "laptop").glob("*.json")) for home in homes)
    with pytest.raises(RunFolderError, match="in two folders of results") as raised:
        read_records(tmp_path)
    assert str(raised.value).startswith(f"{second} and {first} are both of ")
    assert str(raised.value).endswith(f": read {homes[0]} or {homes[1]} alone")


@pytest.mark.parametrize("point", [{"seed": 1}, {"size": {"id": "a"}}, {"published": 0.5}, {"code.commit": "a"}])
def test_an_axis_has_no_name_of_a_column_of_results(point: dict[str, Any], tmp_path: Path) -> None:
    home = altered(tmp_path, ("point",), json.dumps(point))
    with pytest.raises(RunFolderError, match=r"damaged: its axis \S+ has the name of a column of results; restore"):
        read_records(home)


def test_the_names_that_no_axis_has_are_those_of_columns_and_of_no_settings() -> None:
    assert [name for name in row(record("own", "runs", 0, 0.5)) if not is_reserved(name)] == ["density"]
    assert RESERVED.intersection(NAMES) == {"seed", "preset"}, "which a study gives by its replicates and its presets"


@pytest.mark.parametrize("changed", [{"arm": "evil"}, {"point": {"density": 0.9}}, {"id": None}])
def test_a_record_is_of_the_run_that_its_name_says(changed: dict[str, Any], tmp_path: Path) -> None:
    home = written(tmp_path, sweep(HUMP)[:1])
    (path,) = (home / STUDY / "laptop").glob("*.json")
    if changed == {"id": None}:
        path.rename(path.with_name("other.json"))
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(RunFolderError, match="is not of the run that its name says: delete it, and run its study"):
        read_records(home)


def test_a_record_s_seed_is_one_of_its_spec_s(tmp_path: Path) -> None:
    home = altered(tmp_path, ("spec", "run"), '{"seeds": {"data_seed": 7, "split_seed": 1}}')
    with pytest.raises(RunFolderError, match="its seed is not that of its spec; restore it"):
        read_records(home)


def test_curves_of_unequal_lengths_are_damage(tmp_path: Path) -> None:
    home = written(tmp_path, sweep(HUMP)[:1])
    path = next((home / STUDY / "laptop").glob("*.json"))
    content = json.loads(path.read_text()) | {"curves": {"epoch": [1], "test_loss": [0.1, 0.2]}}
    path.write_text(json.dumps(content))
    with pytest.raises(RunFolderError, match="of different lengths; restore it or delete it"):
        read_records(home)
