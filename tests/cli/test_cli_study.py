"""`tombola study` and `tombola results` from the command line."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.claims.judged_records import HUMP, record, sweep, written
from tests.cli.calling import Call

import tombola as tb

STUDY = """
settings: {model: digits-mlp, data: digits, epochs: 1, batch_size: 256, precision: "32"}
axes: {density: [0.3, 0.6]}
replicates: 2
presets: {tiny: {axes: {density: [0.6]}}}
"""


@pytest.fixture
def study(tmp_path: Path) -> tuple[str, ...]:
    """The words that run a small study in folders of its own."""
    (tmp_path / "mine.yaml").write_text(STUDY)
    return (
        "study",
        str(tmp_path / "mine.yaml"),
        "--results",
        str(tmp_path / "results"),
        "--work",
        str(tmp_path / "work"),
    )


def test_faults_are_told_one_a_line(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("settings: {model: digits-mlp, data: digits, epochs: 0}\naxes: {density: [0.5, 2]}")
    told = call("study", str(path))
    assert told.code == 2
    assert told.err.splitlines() == [
        "error: study mine has 2 faults:",
        "  settings.epochs: epochs=0: expected a whole number, 1 or more",
        "  axes.density[1]: density=2: expected 0 < density <= 1; did you mean 0.02?",
    ]


def test_a_place_of_data_is_told_of_before_the_study(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("settings: {model: digits-mlp, data: digits, epochs: 0}")
    told = call("study", str(path), "--data", "digits=/nope", "--dry-run")
    assert told.code == 2
    assert told.err.splitlines()[-1] == (
        "error: data digits=/nope: '/nope' does not exist: expected a folder or a Parquet file"
    )


def test_a_work_folder_that_cannot_be_made_leaves_no_half_of_a_study(
    study: tuple[str, ...], call: Call, tmp_path: Path
) -> None:
    (tmp_path / "work").write_text("")
    told = call(*study)
    assert (told.code, "cannot write" in told.err, "work/mine/full" in told.err) == (2, True, True)
    assert not (tmp_path / "results").exists()
    (tmp_path / "work").unlink()
    assert call(*study, "--preset", "tiny", "--quiet").code == 0
    before = sorted((tmp_path / "results").rglob("*"))
    (tmp_path / "file").write_text("")
    again = ("--work", str(tmp_path / "file"))
    assert call(*study[:-2], *again).code == 2
    assert sorted((tmp_path / "results").rglob("*")) == before
    assert call(*study[:-2], *again, "--preset", "tiny").code == 0, "what is finished needs no room to work"


def test_faults_of_axes_are_counted_and_told_one_a_line(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("settings: {}\nreplicates: 0\naxes: {a: [], b: [1, 1], seed: [1]}")
    told = call("study", str(path))
    assert told.code == 2
    first, *lines = told.err.splitlines()
    assert first.endswith("has 4 faults:")
    assert [line.split(":")[0].strip() for line in lines] == ["axes", "axes", "axes", "replicates"]


def test_a_run_that_is_refused_when_it_begins_is_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.yaml"
    path.write_text(
        "settings: {model: 'torch.nn:Linear', model_arguments: {in_features: 3, out_features: 10}, data: digits}"
    )
    told = call("study", str(path), "--quiet")
    assert told.code == 2
    assert told.err.startswith("error: study mine: runs seed 0: Linear does not take inputs of shape (1, 8, 8)")


def test_a_study_is_run_once_and_shown(study: tuple[str, ...], call: Call, tmp_path: Path) -> None:
    dry = call(*study, "--dry-run")
    assert dry.code == 0
    assert "runs density=0.3 seed 1" in dry.out
    assert "4 of 4 runs left, one after the other: about" in dry.out
    assert not (tmp_path / "results").exists()
    first = call(*study)
    assert first.code == 0
    assert "4 of 4: runs density=0.6 seed 1: test accuracy" in first.err
    assert "mine: 4 runs done, 0 were finished before, of 4: complete" in first.out
    again = call(*study, "--json")
    assert again.last_json == {
        "study": "mine",
        "preset": "full",
        "total": 4,
        "done": 0,
        "kept": 4,
        "busy": 0,
        "stopped": 0,
        "complete": True,
        "records": str(tmp_path / "results" / "mine" / "full"),
    }
    assert call(*study, "--dry-run", "--json").last_json["seconds"] == 0


def test_more_replicates_than_the_preset_has(study: tuple[str, ...], call: Call, tmp_path: Path) -> None:
    tiny = (*study, "--preset", "tiny")
    assert call(*tiny, "--quiet").code == 0
    more = call(*tiny, "--replicates", "3", "--json").last_json
    assert (more["total"], more["done"], more["kept"], more["complete"]) == (3, 1, 2, True)
    again = call(*tiny, "--json").last_json
    assert (again["total"], again["kept"]) == (2, 2)
    assert call("report", str(tmp_path / "results")).code == 0
    page = (tmp_path / "results" / "report" / "mine--tiny.html").read_text()
    assert "mine.yaml --preset tiny --replicates 3" in page
    said = call(*tiny, "--replicates", "0")
    assert (said.code, "replicates=0: expected a whole number from 1 to 10,000" in said.err) == (2, True)


def test_a_log_is_told_now_and_then_how_far_a_long_run_is(
    study: tuple[str, ...], call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "step" not in call(*study, "--preset", "tiny").err
    for module in ("tombola.cli.actions.study", "tombola.training.progress"):
        monkeypatch.setattr(f"{module}.SECONDS_BETWEEN_LINES", 0.0)
    assert re.search(r"edge-popup: step \d of 6, .* left, loss \d", call(*study).err)


def test_a_budget_that_is_spent_ends_with_1(study: tuple[str, ...], call: Call) -> None:
    said = call(*study, "--budget", "0.000001s", "--json")
    assert (said.code, said.last_json["stopped"], said.last_json["complete"]) == (1, 4, False)
    assert call(*study, "--preset", "tiny", "--quiet").code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("study", "densty-lenet"), "unknown study 'densty-lenet': did you mean 'density-lenet'"),
        (("study", "none.yaml"), "cannot read none.yaml"),
        (("study", "density-lenet", "--preset", "huge"), "unknown preset of density-lenet 'huge'"),
        (("study", "density-lenet", "--budget", "soon"), "'soon' is no span of time: expected seconds, or such as 90s"),
        (("study", "density-lenet", "--data", "mnist"), "expected NAME=VALUE"),
        (("study", "density-lenet", "--preset", "tiny", "--jobs", "0"), "jobs=0: expected a whole number"),
        (("results", "none"), "none is not a folder"),
    ],
)
def test_wrong_use_is_one_sentence(
    words: tuple[str, ...], sentence: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = call(*words)
    assert said.code == 2
    assert sentence in said.err
    assert not list(tmp_path.rglob("*.json"))


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
    assert one == [{"seed": 1, "test_accuracy": pytest.approx(expected, abs=1e-14)}]
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
    settings = STUDY.splitlines()[1]
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
    (tmp_path / "own.yaml").write_text(f"{STUDY.splitlines()[1]}\naxes: {axes}\nreplicates: 2\n")
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
    (tmp_path / "own.yaml").write_text(f"{STUDY.splitlines()[1]}\naxes: {axes}\n")
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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("study", "--preset", "tiny"), "--preset is of one study: give its name"),
        (("study", "--dry-run"), "--dry-run is of one study"),
        (("study", "--jobs", "4"), "--jobs is of one study"),
        (("study", "--results", "mine"), "--results is of one study"),
        (("study", "--work", "mine"), "--work is of one study"),
        (("study", "--gpus-per-run", "1"), "--gpus-per-run is of one study"),
        (("study", "--quiet", "--json"), "--quiet is of one study"),
        (("study", "--replicates", "0"), "--replicates is of one study"),
        (
            ("study", "density", "--dry-run", "--budget", "1m", "--keep"),
            "--budget and --keep beside --dry-run, which finishes",
        ),
        (
            ("study", "density", "--dry-run", "--keep"),
            "error: --keep beside --dry-run, which finishes no run: leave out the",
        ),
        (("results", "{}", "--descending"), "--descending is of --sort"),
        (("results", "{}", "--export", "a.csv", "--json"), "--export writes the rows and --json prints them"),
        (("claims", "{}", "--evidence", "--json"), "--evidence and --json: expected one of the two"),
        (("claims", "{}", "--markdown", "a.md", "--json"), "--markdown and --json: expected one of the two"),
        (("claims", "empty"), "empty holds no records of studies"),
    ],
)
def test_what_would_be_passed_over_is_refused(
    words: tuple[str, ...], sentence: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    written(tmp_path / "here", [record("odd", "runs", 0, 0.5, lr=0.1)])
    before = sorted(tmp_path.rglob("*"))
    said = call(*(word.format("here") for word in words))
    assert (said.code, sentence in said.err) == (2, True), said.err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_page_of_some_claims_shows_the_studies_that_they_rest_on(call: Call, tmp_path: Path) -> None:
    own = [record("own", "runs", seed, 0.5 + lr, lr=lr) for lr in (0.1, 0.2) for seed in (0, 1)]
    home = written(tmp_path / "results", [*sweep(HUMP), *own])
    for only, studies in (
        ((), ["density-lenet", "own"]),
        (("--only", "W2"), ["density-lenet"]),
        (("--only", "L9"), []),
    ):
        page = tmp_path / "-".join(only) / "page.md"
        page.parent.mkdir(exist_ok=True)
        assert call("claims", str(home), *only, "--markdown", str(page)).code == 0
        headings = [line[3:] for line in page.read_text().splitlines() if line.startswith("## ") and line[3].islower()]
        assert headings == studies


def test_a_ledger_that_cannot_be_written_leaves_no_pictures(call: Call, tmp_path: Path) -> None:
    home = written(tmp_path / "results", sweep(HUMP))
    (tmp_path / "page.md").mkdir()
    said = call("claims", str(home), "--markdown", str(tmp_path / "page.md"))
    assert (said.code, "it is a folder" in said.err) == (2, True)
    assert not (tmp_path / "images").exists()


def test_the_studies_there_are(call: Call) -> None:
    said = call("study")
    assert said.code == 0
    assert "density-lenet" in said.out
    rows = call("study", "--json").last_json
    assert {"study": "width", "title": rows[3]["title"], "claims": ["W4"]} in rows


def test_the_ledger(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = call("claims", "--json").last_json
    assert {"id", "verdict", "scale", "replicates", "command"} <= rows[0].keys()
    assert {row["verdict"] for row in rows} == {"undecided"}
    said = call("claims", "--only", "W1", "--evidence")
    assert said.code == 0
    assert "no records" in said.out
    assert "a study again: `tombola study NAME --preset SCALE`" in said.out
    assert "without records of the studies density-lenet and density" in said.out
    assert call("claims", "--markdown", str(tmp_path / "ledger.md")).code == 0
    page = (tmp_path / "ledger.md").read_text()
    assert "| [W1](#w1) |" in page
    assert "tombola study density-lenet --preset laptop" in page
    assert "is said in `docs/studies.md` of tombola" in page
    for words, sentence in ((("--only", "W99"), "unknown claim 'W99'"), (("none",), "none is not a folder")):
        refused = call("claims", *words)
        assert (refused.code, sentence in refused.err) == (2, True)


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
