"""Bad input: one sentence on standard error that says what was got and what is allowed; exit code 2.

Work that was tried and broke down ends with 1."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.calling import Call, Said, Words

BAD_OPTIONS = {
    "--density 30": "density=30: expected 0 < density <= 1; did you mean 0.3?",
    "--density 0": "density=0: expected 0 < density <= 1",
    "--density -1": "density=-1: expected 0 < density <= 1",
    "--density nan": "density=nan: expected 0 < density <= 1",
    "--density 1.5": "density=1.5: expected 0 < density <= 1",
    "--density half": "--density=half: expected a number",
    "--density": "--density has no value",
    "--layer-density fc1=30": "layer_density of 'fc1'=30: expected 0 < density <= 1; did you mean 0.3?",
    "--layer-density fc1": "--layer-density 'fc1': expected NAME=VALUE",
    "--layer-density fc1=x": "--layer-density fc1=x: expected a number",
    "--layer-density zz=0.5": "pattern 'zz' matches no prunable weight; they are fc1.weight",
    "--method edgepopup": "did you mean 'edge-popup'",
    "--weights kaiming-norml": "did you mean 'kaiming-normal'",
    "--weights own --scaled": "expected no scaled",
    "--weights torch-default --fan fan_in": "torch-default take no fan",
    "--fan in": "expected one of fan_in, fan_out",
    "--optimizer sdg": "unknown optimizer 'sdg': did you mean 'sgd'?",
    "--schedule cosin": "did you mean 'cosine'",
    "--precision bf16": "did you mean 'bf16-mixed'?",
    "--protocol papr": "did you mean 'paper'?",
    "--scope locally": "Known: global, layerwise",
    "--allocation er": "did you mean 'erk'?",
    "--loss mes": "did you mean 'mse'",
    "--metric accurcy": "did you mean 'accuracy'?",
    "--n-of-m 2": "expected N:M",
    "--lr 0": "lr=0.0: expected a number above 0",
    "--batch-size 0": "batch_size=0: expected a whole number, 1 or more",
    "--batch-size 1.5": "--batch-size=1.5: expected a whole number",
    "--seed -1": "error: seed=-1: expected an integer",
    "--replicates 0": "--replicates=0: expected 1 or more",
    "--resume --fresh": "expected one of them",
    "--fresh=yes": "expected --fresh alone",
    "--modle x": "unknown option '--modle': did you mean '--model'?",
    "--model x": "--model is given twice: expected once",
    "more": "unexpected 'more'",
    "--model-arguments widht=2": "did you mean 'width'?",
    "--exclude *": "no prunable weights",
    "--validation-fraction 1.5": "expected a number, 0 <= fraction < 1",
}
BAD_LINES = {
    "fnd --model x": "unknown command 'fnd': did you mean 'find'?",
    "prune x": "known commands: find, verify, audit, show, eval, report, study, results, claims, bench step",
    "--versoin": "did you mean '--version'?",
    "bench": "expected bench step",
    "bench stpe": "bench has no 'stpe': expected bench step",
    "bench step --models conv9": "did you mean 'conv8'",
    "bench step --precision 3": "unknown precision '3'",
    "bench step --batch-size 0": "batch_size=0",
    "find --model digits-mlp": "find needs --data",
    "find": "find needs --model and --data",
    "find --model lenet-300 --data digits": "unknown model 'lenet-300': did you mean 'lenet-300-100'?",
    "find --model lenet-300 --data nowhere/to-be-fetched": "unknown model 'lenet-300'",
    "find --model digits-mlp --data digit": "unknown data set 'digit': did you mean 'digits'?",
    "find --model digits-mlp --data ./nowhere": "'./nowhere' does not exist",
    "find --model conv2 --data digits": "error: conv2 does not take inputs of shape (1, 8, 8) (those of digits): "
    "expected inputs of shape (3, 32, 32)",
    "find --model no_such:thing --data digits": "cannot import model 'no_such:thing'",
    "find --model digits-mlp --data digits --out /proc/tombola": "cannot make the folder '/proc/tombola'",
    "show": "show needs TICKET",
    "show nowhere": "nowhere: there is no such file",
    "show one two": "unexpected 'two'",
    "eval nowhere --data digits": "nowhere: there is no such file",
    "eval nowhere": "eval needs --data",
    "eval x --data digits --model-arguments a=1": "--model-arguments are of --model",
    "report nowhere": "nowhere is not a folder",
}


def _check_refused(said: Said, sentence: str, code: int = 2) -> None:
    assert said.code == code
    assert said.out == ""
    errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert sentence in errors[0]
    assert "Traceback" not in said.err


@pytest.mark.parametrize("words", BAD_OPTIONS)
def test_bad_options_of_find(
    words: str, call: Call, find: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _check_refused(call(*find, *words.split(), "--json"), BAD_OPTIONS[words])


@pytest.mark.parametrize("line", BAD_LINES)
def test_bad_lines(line: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _check_refused(call(*line.split()), BAD_LINES[line])


@pytest.mark.parametrize("harm", ["missing", "empty", "cut", "altered", "text"])
@pytest.mark.parametrize("command", [["show"], ["eval", "--data", "digits"]])
def test_damaged_tickets(harm: str, command: list[str], call: Call, finished: Path, tmp_path: Path) -> None:
    content = bytearray((finished / "ticket").read_bytes())
    altered = content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]
    made: dict[str, bytes] = {"empty": b"", "cut": bytes(content[:3000]), "altered": bytes(altered), "text": b"hello"}
    path = tmp_path / "harmed"
    if harm in made:
        path.write_bytes(made[harm])
    _check_refused(call(command[0], str(path), *command[1:], "--json"), str(path))


def test_a_folder_with_another_run(call: Call, find: Words, finished: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.rglob("*") if path.name != ".lock"}
    said = call(*find, "--density", "0.2", "--out", str(finished))
    _check_refused(said, "method.density is 0.5 there, 0.2 here")
    assert before == {path: path.stat().st_mtime_ns for path in finished.rglob("*") if path.name != ".lock"}
    _check_refused(call(*find, "--replicates", "2", "--out", str(finished)), "holds a single run")


def test_a_folder_with_other_files(call: Call, find: Words, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    _check_refused(call(*find, "--out", str(tmp_path)), "holds other files (mine.txt)")
    assert [path.name for path in tmp_path.iterdir() if path.name != ".lock"] == ["mine.txt"]


def test_a_ticket_of_another_architecture(call: Call, finished: Path) -> None:
    said = call("eval", str(finished), "--data", "digits", "--model", "digits-conv")
    _check_refused(said, "missing in the model: fc1.weight")


def test_a_split_that_is_not_there(call: Call, finished: Path) -> None:
    _check_refused(call("eval", str(finished), "--data", "digits", "--split", "tets"), "did you mean 'test'?")


def test_a_loss_that_diverges(call: Call, find: Words, tmp_path: Path) -> None:
    words = ("--lr", "1e38", "--precision", "32", "--out", str(tmp_path / "run"), "--batch-size", "32")
    said = call(*find[:-1], "3", *words)
    _check_refused(said, "learning rate 1e+38", code=1)


def test_a_network_that_collapses(call: Call, find: Words, tmp_path: Path) -> None:
    said = call(*find, "--density", "0.0001", "--scope", "global", "--out", str(tmp_path / "run"))
    _check_refused(said, "raise the density", code=1)


MISSING = {
    "metric": "metric",
    "kept": "kept",
    "prunable": "prunable",
    "seconds": "seconds is missing",
    "evaluated_on": "evaluated_on",
    "comparison": "comparison is missing",
    "sizes": "sizes",
    "test_accuracy": "test_accuracy is missing",
    "digest": "digest",
    "sizes.ticket_bytes": "ticket_bytes",
    "comparison.0.name": "name",
    "comparison.1.kept": "kept",
    "comparison.0.test_accuracy": "test_accuracy",
    "comparison.1.test_loss": "test_loss of 'untrained dense' is missing",
}


@pytest.mark.parametrize("value", ["missing", "null", "NaN"])
@pytest.mark.parametrize("field", MISSING)
def test_a_finished_run_with_a_damaged_result_is_told_in_a_sentence(
    field: str, value: str, call: Call, find: Words, finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    result = json.loads((folder / "result.json").read_text())
    *way, name = [int(word) if word.isdigit() else word for word in field.split(".")]
    place = result
    for step in way:
        place = place[step]
    if value == "missing":
        del place[name]
    else:
        place[name] = json.loads(value)
    (folder / "result.json").write_text(json.dumps(result))
    said = call(*find, "--out", str(folder), "--json")
    _check_refused(said, f"{folder / 'result.json'} is damaged: ")
    assert said.err.rstrip().endswith("restore it or run again with --fresh")
    if value == "missing":
        assert MISSING[field] in said.err


def test_a_finished_run_with_a_number_that_is_none_is_told_in_a_sentence(
    call: Call, find: Words, finished: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(result | {"validation_loss": float("inf")}))
    _check_refused(call(*find, "--out", str(folder), "--json"), "a number is NaN or infinite")


def test_a_damaged_result_is_not_taken(call: Call, finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(result)[:500])
    _check_refused(call("report", str(folder)), "result.json is damaged")
