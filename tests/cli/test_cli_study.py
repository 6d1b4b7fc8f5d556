"""`tombola study` and `tombola results` from the command line."""

import re
from pathlib import Path

import pytest
from tests.claims.judged_records import record, written
from tests.cli.calling import SMALL_STUDY, Call

LONG = "x" * 300


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
        (("study", "density-lenet", "--budget", "1e9"), "such as 90s, 20m or 3h, below 1e8 seconds"),
        (("study", "density-lenet", "--data", "mnist"), "expected NAME=VALUE"),
        (("study", "density-lenet", "--preset", "tiny", "--jobs", "0"), "jobs=0: expected a whole number"),
        (("results", "none"), "none is not a folder"),
        (("results", LONG), f"error: folder={LONG!r}: File name too long; expected a path"),
        (("claims", LONG), "File name too long"),
        (("claims", "--markdown", LONG), "File name too long"),
        (("report", LONG), "File name too long"),
        (("study", LONG), "File name too long"),
        (("study", "mine.yaml", "--results", LONG), "File name too long"),
        (("study", "mine.yaml", "--work", LONG), "File name too long"),
        (("study", "mine.yaml", "--results", "mine.yaml"), "a file stands in the place of its folder; choose another"),
    ],
)
def test_wrong_use_is_one_sentence(
    words: tuple[str, ...], sentence: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(SMALL_STUDY)
    said = call(*words)
    assert said.code == 2
    assert sentence in said.err
    assert not list(tmp_path.rglob("*.json"))


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
        (("results", "{}", "--export", "file.csv/x.csv"), "a file stands in the place of its folder; choose another"),
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
    (tmp_path / "file.csv").touch()
    written(tmp_path / "here", [record("odd", "runs", 0, 0.5, lr=0.1)])
    before = sorted(tmp_path.rglob("*"))
    said = call(*(word.format("here") for word in words))
    assert (said.code, sentence in said.err) == (2, True), said.err
    assert sorted(tmp_path.rglob("*")) == before


def test_the_studies_there_are(call: Call) -> None:
    said = call("study")
    assert said.code == 0
    assert "density-lenet" in said.out
    rows = call("study", "--json").last_json
    assert {"study": "width", "title": rows[3]["title"], "claims": ["W4"]} in rows
