"""`tombola show`, `eval` and `report` on a finished run."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from tests.cli.calling import Call, Words

import tombola as tb
from tombola.ticket import load


def test_show_gives_all_of_a_ticket_as_json(call: Call, finished: Path) -> None:
    ticket = tb.load(finished / "ticket")
    about = call("show", str(finished / "ticket"), "--json").last_json
    assert about["architecture"] == {"name": "digits-mlp", "arguments": {}, "builtin": True}
    assert about["weights"]["distribution"] == "signed-kaiming-constant"
    assert (about["kept"], about["prunable"], about["density"]) == (25216, 50432, 0.5)
    assert {row["name"]: (row["kept"], row["prunable"]) for row in about["layers"]} == {
        "fc1.weight": (8192, 16384),
        "fc2.weight": (16384, 32768),
        "fc3.weight": (640, 1280),
    }
    assert (about["digest"], about["weights_digest"]) == (ticket.digest, ticket.weights_digest)
    assert about["sizes"]["ticket_bytes"] == (finished / "ticket").stat().st_size
    assert about["metrics"] == dict(ticket.metrics)
    assert about["spec"]["training"]["epochs"] == 1
    assert about["provenance"]["tombola"] == tb.__version__


def test_show_for_a_reader_and_by_folder(call: Call, finished: Path) -> None:
    said = call("show", str(finished))
    accuracy = json.loads((finished / "result.json").read_text())["test_accuracy"]
    for part in ("digits-mlp", "signed-kaiming-constant", "256 × 64", "16,384", f"{accuracy:.2%}", "sha256:", "epochs"):
        assert part in said.out
    assert call("show", str(finished), "--quiet").out == f"{tb.load(finished / 'ticket').digest}\n"


def test_show_does_not_believe_strange_metrics(call: Call, finished: Path, tmp_path: Path) -> None:
    import dataclasses

    odd = dataclasses.replace(tb.load(finished / "ticket"), metrics={"metric": "accuracy", "evaluated_on": 3})
    odd.save(tmp_path / "odd")
    assert '"evaluated_on": 3' in call("show", str(tmp_path / "odd")).out


def test_eval_gives_what_the_run_measured(call: Call, finished: Path) -> None:
    result = json.loads((finished / "result.json").read_text())
    said = call("eval", str(finished / "ticket"), "--data", "digits", "--json")
    assert len(said.out.splitlines()) == 1
    figures = said.last_json
    assert figures["test_accuracy"] == pytest.approx(result["test_accuracy"])
    assert (figures["split"], figures["data"], figures["digest"]) == ("test", "digits", result["digest"])
    line = call("eval", str(finished), "--data", "digits").out
    assert line == (
        f"test accuracy {result['test_accuracy']:.2%}, loss {result['test_loss']:.3f} on 360 examples of digits\n"
    )
    assert float(call("eval", str(finished), "--data", "digits", "--quiet").out) == figures["test_accuracy"]


def test_eval_of_another_split(call: Call, finished: Path) -> None:
    figures = call("eval", str(finished), "--data", "digits", "--split", "train", "--json").last_json
    assert figures["split"] == "train"
    assert 0 < figures["train_accuracy"] <= 1


def test_report_is_written_again(call: Call, find: Words, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    call(*find, "--out", str(folder), "--quiet")
    (folder / "report.html").unlink()
    assert call("report", str(folder)).out == f"report  {folder / 'report.html'}\n"
    assert "tombola find --model digits-mlp" in (folder / "report.html").read_text()
    assert call("report", str(folder), "--json").last_json == {"report": str(folder / "report.html")}
    assert call("report", str(folder), "--quiet").out == f"{folder / 'report.html'}\n"


def test_a_name_cannot_command_the_terminal(finished: Path, call: Call, tmp_path: Path) -> None:
    found = load(finished / "ticket")
    renamed = dataclasses.replace(found.architecture, name="\x1b[31mred\x07", builtin=False)
    path = dataclasses.replace(found, architecture=renamed).save(tmp_path / "hostile.ticket")
    for words in (("show", str(path)), ("eval", str(path), "--data", "digits"), ("show", str(path), "--json")):
        said = call(*words)
        assert "\x1b" not in said.out + said.err
        assert "\x07" not in said.out + said.err


def test_eval_over_shared_values(call: Call, finished: Path) -> None:
    words = ("eval", str(finished), "--data", "digits", "--shared-values", "-1", "1", "--signs", "kept")
    given = call(*words, "--json").last_json
    assert [row["value"] for row in given["values"]] == [-1.0, 1.0]
    accuracies = [row["accuracy"] for row in given["values"]]
    assert given["mean"]["accuracy"] == pytest.approx(sum(accuracies) / 2)
    shown = call(*words).out
    assert "tuned on validation" in shown
    assert f"{accuracies[1]:.2%}" in shown
    said = call("eval", str(finished), "--data", "digits", "--signs", "kept")
    assert (said.code, "--signs are of --shared-values" in said.err) == (2, True)


@pytest.mark.parametrize("words", [("show",), ("eval", "--data", "digits"), ("audit",)])
def test_folders_without_a_ticket(words: tuple[str, ...], call: Call, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "seed-0").symlink_to(finished)
    said = call(words[0], str(tmp_path / "runs"), *words[1:])
    assert (said.code, said.out) == (2, "")
    assert f"holds one run for each seed: give one of them, such as {tmp_path / 'runs' / 'seed-0'}" in said.err
    (tmp_path / "stopped").mkdir()
    (tmp_path / "stopped" / "spec.json").write_text("{}")
    said = call(words[0], str(tmp_path / "stopped"), *words[1:])
    assert (said.code, said.out) == (2, "")
    assert "is of a run that is not finished" in said.err
    said = call(words[0], str(tmp_path), *words[1:])
    assert (said.code, said.out) == (2, "")
    assert f"holds no ticket: expected a ticket file, or the folder of a finished run, such as {tmp_path}" in said.err


def test_the_folder_of_a_level_is_as_good_as_its_ticket(call: Call, finished: Path, tmp_path: Path) -> None:
    (tmp_path / "ticket").write_bytes((finished / "ticket").read_bytes())
    for words in (("show",), ("eval", "--data", "digits"), ("audit",)):
        assert call(words[0], str(tmp_path), *words[1:]).code == 0


def test_files_that_are_no_tickets_are_not_audited(call: Call, finished: Path) -> None:
    for path in (finished / "spec.json", Path("/dev/null"), finished / "checkpoint"):
        said = call("audit", str(path))
        assert (said.code, said.out) == (2, "")
        assert len(said.err.splitlines()) == 1


def test_eval_splits_as_the_search_did(call: Call, finished: Path) -> None:
    parts = [
        call("eval", str(finished), "--data", "digits", "--split", split, "--json").last_json["examples"]
        for split in ("train", "validation")
    ]
    assert parts == [1293, 144]


def test_shared_values_have_no_split(call: Call, finished: Path) -> None:
    said = call("eval", str(finished), "--data", "digits", "--shared-values", "1", "--split", "train")
    assert (said.code, said.out) == (2, "")
    assert "--split is of the ticket as it is" in said.err


@pytest.mark.parametrize("form", ["--json", "--quiet", None])
@pytest.mark.parametrize("value", ["1e38", "1e300"])
def test_shared_values_that_overflow_are_refused(value: str, form: str | None, call: Call, finished: Path) -> None:
    said = call("eval", str(finished), "--data", "digits", "--shared-values", "1", value, *([form] if form else []))
    assert (said.code, said.out) == (2, "")
    assert "gives a loss that is not finite: give values nearer to 0" in said.err
    assert f"the shared value {float(value):g}" in said.err


def test_numbers_that_no_float_holds(call: Call, finished: Path, tmp_path: Path) -> None:
    found = tb.load(finished / "ticket")
    huge = {**found.metrics, "test_accuracy": 10**400, "test_loss": -(10**400)}
    path = dataclasses.replace(found, metrics=huge).save(tmp_path / "huge.ticket")
    assert "test accuracy inf%" in call("show", str(path)).out
    assert call("show", str(path), "--json").last_json["metrics"]["test_accuracy"] == 10**400


def test_eval_of_a_network_that_gives_no_numbers(call: Call, finished: Path, tmp_path: Path) -> None:
    found = tb.load(finished / "ticket")
    broken = {name: torch.full_like(tensor, torch.nan) for name, tensor in found.state.items()}
    path = dataclasses.replace(found, state=broken).save(tmp_path / "broken.ticket")
    said = call("eval", str(path), "--data", "digits", "--json")
    assert (said.code, said.out) == (2, "")
    assert "gives a test loss that is not finite, nan: look at its weights and the data" in said.err
