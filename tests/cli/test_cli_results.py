"""`tombola results`: rows, means and files of records."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.claims.judged_records import record, written
from tests.cli.calling import SMALL_STUDY, Call

import tombola as tb


def test_the_rows_of_a_study(
    study: tuple[str, ...], call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(*study, "--quiet")
    folder = str(tmp_path / "results")
    frame = tb.results(folder)
    assert sorted(zip(frame["seed"], frame["kept"], strict=True)) == [(0, 15129), (0, 30259), (1, 15129), (1, 30259)]
    assert set(frame["method.name"]) == {"edge-popup"}
    one = call(
        "results", folder, "--where", "kept=15129", "seed=1", "--columns", "seed", "test_accuracy", "--json"
    ).last_json
    (expected,) = frame[(frame["kept"] == 15129) & (frame["seed"] == 1)]["test_accuracy"]
    assert one == [{"seed": 1, "test_accuracy": expected}]
    made = call("results", folder, "--columns", "code.commit", "environment.torch", "--json").last_json
    assert {row["environment.torch"] for row in made} == {version("torch")}
    mean = call("results", folder, "--mean", "--columns", "replicates", "test_accuracy", "--json").last_json
    by_hand = frame.groupby("density")["test_accuracy"].mean().tolist()
    assert sorted(row["test_accuracy"] for row in mean) == pytest.approx(sorted(by_hand))
    assert [row["replicates"] for row in mean] == [2, 2]
    spreads = frame.groupby("density")["test_accuracy"].std().tolist()
    mean = call("results", folder, "--mean", "--json").last_json
    assert sorted(row["test_accuracy std"] for row in mean) == pytest.approx(sorted(spreads))
    table = call("results", folder, "--mean").out
    assert "±" in table
    for name, read in (("a.csv", pd.read_csv), ("a.parquet", pd.read_parquet)):
        assert call("results", folder, "--export", str(tmp_path / name)).code == 0
        assert read(tmp_path / name)["test_accuracy"].sum() == pytest.approx(frame["test_accuracy"].sum())
    monkeypatch.chdir(tmp_path / "results" / "mine" / "full")
    for near in (".", "..", "../full"):
        assert len(call("results", near, "--json").last_json) == 4, "folders are known by their names, however given"
    for words, sentence in (
        (("--where", "seed=9"), "no record has seed=9: seed is 0, 1"),
        (("--columns", "accuracy"), "unknown column 'accuracy': did you mean"),
        (("--export", str(tmp_path / "a.txt")), "ends with .csv or .parquet"),
    ):
        said = call("results", folder, *words)
        assert (said.code, sentence in said.err) == (2, True)


def test_replicates_are_averaged_where_one_arm_measures_what_is_an_axis_of_another(call: Call, tmp_path: Path) -> None:
    text = """settings: {model: digits-mlp, data: digits, epochs: 1, precision: "32"}
arms:
  learned: {settings: {method: bernoulli}}
  asked: {settings: {method: edge-popup}, axes: {density: [0.1, 0.3]}}
replicates: 3
"""
    (tmp_path / "own.yaml").write_text(text)
    home = str(tmp_path / "results")
    assert call("study", str(tmp_path / "own.yaml"), "--results", home, "--work", f"{tmp_path}/work").code == 0
    frame = tb.results(home)
    rows = call("results", home, "--mean", "--json").last_json
    assert [(row["arm"], row["replicates"]) for row in rows] == [("asked", 3), ("asked", 3), ("learned", 3)]
    assert [row["density"] for row in rows[:2]] == [0.1, 0.3]
    learned = frame[frame["arm"] == "learned"]
    assert learned["density"].nunique() == 3
    for name in ("density", "test_accuracy_mean_over_draws"):
        assert rows[2][name] == pytest.approx(learned[name].mean(), abs=1e-14)
    (only,) = call("results", home, "--mean", "--json", "--where", "arm=learned").last_json
    assert only["replicates"] == 3, "axes of runs that are left out have columns, and nothing in them"


def test_replicates_of_a_model_of_ones_own_are_averaged(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_own_net.py").write_text(
        "import torch\n\ndef net():\n    return torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "settings: {model: 'my_own_net:net', data: digits, method: random, epochs: 1, density: 0.5}\nreplicates: 3\n"
    (tmp_path / "own.yaml").write_text(text)
    places = ("--results", str(tmp_path / "results"), "--work", str(tmp_path / "work"), "--quiet")
    assert call("study", str(tmp_path / "own.yaml"), *places).code == 0
    (row,) = call(
        "results", str(tmp_path / "results"), "--mean", "--json", "--columns", "replicates", "density"
    ).last_json
    assert row == {"replicates": 3, "density": 0.5}
    assert call("results", str(tmp_path / "results"), "--mean", "--export", str(tmp_path / "m.csv")).code == 0
    exported = pd.read_csv(tmp_path / "m.csv")
    assert exported["validation_fraction"].tolist() == [0.1]
    assert "validation_fraction std" not in exported


def test_axes_have_columns_whatever_they_are_of(call: Call, tmp_path: Path) -> None:
    places = ("--results", str(tmp_path / "results"), "--work", str(tmp_path / "work"), "--quiet")
    settings = SMALL_STUDY.splitlines()[1]
    sizes = "{size: [{model_arguments.width: 0.5, density: 0.4}, {density: 0.2}]}"
    for name, axes in (("coupled", sizes), ("plain", "{density: [0.3]}")):
        (tmp_path / f"{name}.yaml").write_text(f"{settings}\naxes: {axes}\n")
        assert call("study", str(tmp_path / f"{name}.yaml"), *places).code == 0
    one = call("results", str(tmp_path / "results" / "coupled"), "--json").last_json
    assert [(row.get("model_arguments.width"), row["density"]) for row in one] == [(0.5, 0.4), (None, 0.2)]
    both = call("results", str(tmp_path / "results"), "--json").last_json
    assert [(row["study"], row["axes"]) for row in both][:2] == [("coupled", "width=0.5"), ("coupled", "")]


@pytest.mark.parametrize(
    "axes",
    [
        "{layers: [{layer_density: {fc1: 0.1}}, {layer_density: {fc1: 0.5}}]}",
        "{layer_density: [{fc1: 0.1}, {fc1: 0.5}]}",
    ],
)
def test_an_axis_of_mappings_has_a_column_for_each_entry(axes: str, call: Call, tmp_path: Path) -> None:
    home = str(tmp_path / "results")
    (tmp_path / "own.yaml").write_text(f"{SMALL_STUDY.splitlines()[1]}\naxes: {axes}\nreplicates: 2\n")
    study = ("study", str(tmp_path / "own.yaml"), "--results", home, "--work", str(tmp_path / "work"))
    assert call(*study, "--quiet").code == 0
    rows = call("results", home, "--mean", "--json").last_json
    assert [(row["layer_density.fc1"], row["replicates"]) for row in rows] == [(0.1, 2), (0.5, 2)]
    assert "all 2 runs are finished" in call(*study, "--where", "layer_density.fc1=0.50", "--dry-run").out
    assert call("report", home, "--quiet").code == 0
    assert "fc1 0.5" in (tmp_path / "results" / "report" / "own--full.html").read_text()


def test_values_are_found_however_they_are_spelled(call: Call, tmp_path: Path) -> None:
    home = str(tmp_path / "results")
    axes = "{clip_norm: [null, 0.5], scaled: [true, false]}"
    (tmp_path / "own.yaml").write_text(f"{SMALL_STUDY.splitlines()[1]}\naxes: {axes}\n")
    study = ("study", str(tmp_path / "own.yaml"), "--results", home, "--work", str(tmp_path / "work"))
    assert call(*study, "--quiet").code == 0
    asked = {"clip_norm=none": 2, "clip_norm=0.50": 2, "clip_norm=None scaled=True": 1}
    asked |= {"clip_norm=0.1..": 2, "clip_norm=..0.5 scaled=true,false": 2, "clip_norm=none,0.5 scaled=true": 2}
    for line, count in asked.items():
        words = line.split()
        assert len(call("results", home, "--where", *words, "--json").last_json) == count
        runs = "the run is finished" if count == 1 else "all 2 runs are finished"
        assert runs in call(*study, "--where", *words, "--dry-run").out
    for command, run_or_record in ((("results", home), "record"), (study, "run")):
        said = call(*command, "--where", "clip_norm=0.5,0.2", "scaled=true")
        assert said.code == 2
        assert f"no {run_or_record} has clip_norm=0.2: " in said.err, "one of several that is nowhere"
    assert call("report", home, "--quiet").code == 0
    assert "none" in (tmp_path / "results" / "report" / "own--full.html").read_text()


def test_runs_of_different_points_are_no_replicates(call: Call, tmp_path: Path) -> None:
    points: list[Any] = [None, {}, "none", "{}", [200, 30], "200 30", 1, "1"]
    runs = [
        record("odd", "runs", seed, 0.5 + 0.01 * at, layer_density=value)
        for at, value in enumerate(points)
        for seed in (0, 1)
    ]
    home = str(written(tmp_path, runs))
    rows = call("results", home, "--mean", "--json").last_json
    assert [row["replicates"] for row in rows] == [2] * len(points)
    assert len({row["test_accuracy"] for row in rows}) == len(points)
    assert {row["layer_density"] for row in rows} >= {"none", "{}", '"none"', '"{}"'}
    (text,) = call("results", home, "--mean", "--json", "--where", 'layer_density="none"').last_json
    assert text["test_accuracy"] == 0.52


def test_text_of_digits_is_found_as_text(call: Call, tmp_path: Path) -> None:
    home = str(written(tmp_path, [record("odd", "runs", 0, 0.5, extra=name) for name in ("1e500", "2e500")]))
    (row,) = call("results", home, "--where", "extra=2e500", "--columns", "extra", "--json").last_json
    assert row == {"extra": "2e500"}


def test_values_of_several_kinds_are_in_the_order_of_their_sizes(call: Call, tmp_path: Path) -> None:
    values = [None, 1, 10, 5, 0.5]
    home = str(written(tmp_path, [record("odd", "runs", 0, 0.5, extra=value) for value in values]))
    expected = [0.5, 1, 5, 10, "none"]
    for words, order in (
        ((), expected),
        (("--sort", "extra"), expected),
        (("--sort", "extra", "--descending"), expected[::-1]),
    ):
        assert [row["extra"] for row in call("results", home, *words, "--json").last_json] == order
    assert "extra is 0.5, 1, 5, 10, none" in call("results", home, "--where", "extra=7").err


def test_the_rows_in_json_have_every_digit(call: Call, tmp_path: Path) -> None:
    exact = 0.1 + 0.2
    home = str(written(tmp_path, [record("odd", "runs", 0, exact), record("odd", "broken", 0, None)]))
    said = call("results", home, "--columns", "arm", "test_accuracy", "seed", "--json")
    assert said.last_json == [
        {"arm": "broken", "test_accuracy": None, "seed": 0},
        {"arm": "runs", "test_accuracy": exact, "seed": 0},
    ]
    assert "0.30000000000000004" in said.out


@pytest.mark.parametrize("command", ["results", "claims", "report"])
def test_a_folder_without_a_name_is_not_the_one_that_one_is_in(
    command: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path, [record("odd", "runs", 0, 0.5)]))
    said = call(command, "")
    assert (said.code, said.err) == (2, "error: folder='': expected a path\n")


def test_names_are_shown_as_they_are_and_are_no_formulas(call: Call, tmp_path: Path) -> None:
    points: list[dict[str, Any]] = [
        {"=1+1": "[bold red]v", "mixed": value, "large": 2**70 + seed}
        for seed, value in enumerate([0.5, "b", True, None])
    ]
    records = [record("odd", "runs", seed, 0.5, **point) for seed, point in enumerate(points)]
    folder = str(written(tmp_path, records))
    table = call("results", folder, "--columns", "=1+1", "mixed", "mixed", "seed", "--sort", "mixed")
    assert table.code == 0
    assert "[bold red]v" in table.out
    assert len(call("results", folder, "--columns", "seed", "seed", "--json").last_json[0]) == 1
    for name, read in (("a.csv", pd.read_csv), ("a.parquet", pd.read_parquet)):
        assert call("results", folder, "--export", str(tmp_path / name)).code == 0
        assert sorted(read(tmp_path / name)["seed"]) == [0, 1, 2, 3]
    assert "'=1+1" in (tmp_path / "a.csv").read_text().splitlines()[0]


@pytest.mark.parametrize("wrong", [[], {}, "0.5", True])
def test_a_figure_that_is_no_number_is_none(wrong: Any, call: Call, tmp_path: Path) -> None:
    home = written(tmp_path, [record("density-lenet", "dense", seed, 0.9) for seed in range(2)])
    path = next((home / "density-lenet" / "laptop").glob("*.json"))
    content = json.loads(path.read_text())
    content["result"] |= {"test_loss": wrong, "train_seconds": wrong}
    path.write_text(json.dumps(content))
    for more in ((), ("--mean",)):
        told = call("results", str(home), *more)
        assert told.code == 0
        assert " 0.9 " in told.out


def test_results_stand_beside_what_was_published(call: Call, tmp_path: Path) -> None:
    runs = [record("density", arm, 0, 0.7, "paper", model="conv4") for arm in ("dense", "dense-adam", "other")]
    home = str(written(tmp_path / "known", runs))
    rows = call("results", home, "--json").last_json
    assert [(row["arm"], row["published"], row["published_certainty"]) for row in rows] == [
        ("dense", 0.8621, "re-run"),
        ("dense-adam", pytest.approx(0.8666), "re-run"),
        ("other", None, None),
    ]
    for more in ((), ("--mean",)):
        said = call("results", home, *more)
        assert said.code == 0
        assert "0.8621, re-run" in " ".join(said.out.split())
        assert "published_certainty" not in said.out
    assert call("results", home, "--export", str(tmp_path / "all.csv")).code == 0
    assert pd.read_csv(tmp_path / "all.csv")["published"].dropna().tolist() == pytest.approx([0.8621, 0.8666])
    unknown = str(written(tmp_path / "unknown", [record("density-lenet", "dense", 0, 0.9)]))
    assert "published" not in call("results", unknown, "--json").last_json[0]
    assert "published" not in call("results", unknown).out
