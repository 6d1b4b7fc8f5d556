"""`tombola find`: what it prints in each form, and what it leaves."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.cli.calling import Call, Words
from tests.data.made_images import made_folder

import tombola as tb
from tombola.api import Plan, Run, execute
from tombola.cli import main
from tombola.errors import UsageError
from tombola.training import RunFolder

PROMISED = {"test_accuracy", "test_loss", "density", "kept", "prunable", "seconds", "step_seconds"}
PROMISED |= {"run", "ticket", "digest"}


def test_json_is_one_object_on_the_only_line(call: Call, find: Words, tmp_path: Path) -> None:
    said = call(*find, "--density", "0.3", "--out", str(tmp_path / "run"), "--json")
    assert (said.code, len(said.out.splitlines())) == (0, 1)
    figures = said.last_json
    assert figures.keys() >= PROMISED
    record = json.loads((tmp_path / "run" / "result.json").read_text())
    assert all(figures[key] == value for key, value in record.items() if not isinstance(value, list | dict))
    assert (figures["kept"], figures["prunable"]) == (15129, 50432)  # 4915 + 9830 + 384, rounded layer by layer
    assert tb.load(figures["ticket"]).digest == figures["digest"]
    assert Path(figures["run"], "report.html").exists()


def test_table_paths_and_sizes(call: Call, find: Words, finished: Path) -> None:
    said = call(*find, "--out", str(finished))
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "finished before; nothing was run"
    assert "with 25,216 of 50,432 weights" in lines[1]
    (row,) = [line for line in lines if "▸" in line]
    assert "edge-popup supermask" in row
    assert any("random mask" in line for line in lines)
    assert lines[-2].startswith(f"ticket  {finished / 'ticket'}  ")
    assert "times smaller than dense fp32 (203 kB)" in lines[-2]
    assert lines[-1] == f"report  {finished / 'report.html'}"


def test_a_finished_run_is_not_run_again_unless_fresh(call: Call, find: Words, tmp_path: Path) -> None:
    words = (*find, "--out", str(tmp_path / "run"), "--json")
    first, again, fresh = call(*words), call(*words, "--resume"), call(*words, "--fresh")
    assert [said.last_json["was_finished"] for said in (first, again, fresh)] == [False, True, False]
    assert first.last_json["seconds"] == again.last_json["seconds"] != fresh.last_json["seconds"]
    assert first.last_json["digest"] == again.last_json["digest"] == fresh.last_json["digest"]
    assert again.err == ""


def test_quiet_prints_the_path_alone(call: Call, find: Words, finished: Path) -> None:
    said = call(*find, "--out", str(finished), "--quiet")
    assert (said.code, said.out, said.err) == (0, f"{finished / 'ticket'}\n", "")


def test_progress_is_plain_on_standard_error(call: Call, find: Words, tmp_path: Path) -> None:
    said = call(*find, "--out", str(tmp_path / "run"), "--compare", "--json")
    assert "\x1b" not in said.err
    assert "edge-popup: epoch 1, step 11 of 11, " in said.err
    assert "density 0.5" in said.err
    assert "dense: epoch 1, " in said.err
    assert [row["name"] for row in said.last_json["comparison"]][-1] == "trained dense"


def test_without_out_the_folder_is_named_after_the_run(
    call: Call, find: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = call(*find, "--json").last_json["run"]
    assert run == f"runs/{tb.plan('digits-mlp', 'digits', epochs=1).slug}"
    assert (tmp_path / run / "ticket").exists()


def test_replicates_are_runs_of_their_own_and_their_mean(call: Call, find: Words, tmp_path: Path) -> None:
    words = (*find, "--seed", "3", "--replicates", "2", "--out", str(tmp_path / "both"))
    figures = call(*words, "--json").last_json
    runs = figures["replicates"]
    assert [run["run"] for run in runs] == [str(tmp_path / "both" / f"seed-{seed}") for seed in (3, 4)]
    for key in ("test_accuracy", "test_loss", "step_seconds"):
        assert figures[key] == pytest.approx((runs[0][key] + runs[1][key]) / 2)
    assert figures.keys() >= PROMISED
    assert (figures["kept"], figures["run"]) == (25216, str(tmp_path / "both"))
    assert runs[0]["digest"] != runs[1]["digest"]
    single = call(*find, "--seed", "4", "--out", str(tmp_path / "both" / "seed-4"), "--json")
    assert single.last_json["was_finished"]

    shown = call(*words).out.splitlines()
    accuracies = [run["test_accuracy"] for run in runs]
    deviation = abs(accuracies[0] - accuracies[1]) / 2**0.5
    assert shown[0].startswith("seed 3: test accuracy ")
    assert f"{sum(accuracies) / 2:.2%} ± {deviation:.2%}" in shown[-1]
    assert call(*words, "--quiet").out.split() == [run["ticket"] for run in runs]


def test_every_setting_arrives(call: Call, find: Words, tmp_path: Path) -> None:
    extra = (
        "--density 0.4 --layer-density fc3=1.0 fc1=0.2 --weights kaiming-normal --scaled --fan fan_out "
        "--batch-size 100 --optimizer adamw --lr 0.01 --momentum 0.5 --weight-decay 0 --schedule constant "
        "--label-smoothing 0.1 --clip-norm 2 --precision 32 --loss cross-entropy --metric accuracy --seed 7 "
        "--protocol validation --validation-fraction 0.2 --exclude fc2 --include fc1.bias "
        "--model-arguments width=0.5 --allocation erk"
    )
    folder = tmp_path / "run"
    assert call(*find, *extra.split(), "--out", str(folder), "--quiet").code == 0
    spec = json.loads((folder / "spec.json").read_text())["spec"]
    assert spec["model"]["arguments"] == {"width": 0.5}
    assert (
        spec["method"] | {"density": 0.4, "layer_density": {"fc3": 1.0, "fc1": 0.2}, "allocation": "erk"}
        == spec["method"]
    )
    assert spec["weights"] == {"distribution": "kaiming-normal", "seed": 7, "scaled": True, "fan": "fan_out"}
    training = spec["training"]
    assert (training["batch_size"], training["optimizer"], training["lr"]) == (100, "adamw", 0.01)
    assert (training["momentum"], training["weight_decay"], training["schedule"]) == (0.5, 0.0, "constant")
    assert (training["label_smoothing"], training["clip_norm"], training["precision"]) == (0.1, 2.0, "32")
    assert (spec["seeds"]["mask_seed"], spec["validation_fraction"]) == (7, 0.2)


def test_the_recorded_command_makes_the_same_run(call: Call, find: Words, tmp_path: Path) -> None:
    words = ("--density", "0.3", "--layer-density", "fc*=0.5", "--scaled", "--seed", "2")
    call(*find, *words, "--out", str(tmp_path / "a"), "--quiet")
    there = json.loads((tmp_path / "a" / "spec.json").read_text())
    assert there["command"].startswith("tombola find --model digits-mlp --data digits ")
    call(*shlex.split(there["command"])[1:], "--out", str(tmp_path / "b"), "--quiet")
    assert json.loads((tmp_path / "b" / "spec.json").read_text()) == there


def test_a_users_module_that_prints_and_a_regression(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pandas = pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_nets.py").write_text(
        "from torch import nn\n\n\ndef small(width=4):\n    print('made')\n"
        "    return nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 1))\n"
    )
    rows = pandas.DataFrame({"a": [0.1 * n for n in range(40)], "b": 1.0, "y": [0.3 * n for n in range(40)]})
    for split in ("train", "test"):
        (tmp_path / "rows").mkdir(exist_ok=True)
        rows.to_parquet(tmp_path / "rows" / f"{split}.parquet")
    words = ("find", "--model", "my_nets:small", "--data", "rows", "--epochs", "1", "--lr", "0.01", "--out", "run")
    said = call(*words, "--model-arguments", "width=64", "--json")
    assert "made" in said.err
    assert (len(said.out.splitlines()), said.last_json["metric"]) == (1, "mae")
    assert said.last_json["test_mae"] > 0
    assert "test mae" in call(*words, "--model-arguments", "width=64").out
    refused = call("eval", "run", "--data", "rows")
    assert refused.code == 2
    assert "package.module:callable" in refused.err
    assert "my_nets" not in refused.err.replace("'my_nets:small'", "")  # what a file names is no advice
    figures = call(
        "eval", "run", "--data", "rows", "--model", "my_nets:small", "--model-arguments", "width=64", "--json"
    )
    assert figures.last_json["test_mae"] == pytest.approx(said.last_json["test_mae"])
    assert "density" in call("show", "run").out


def test_data_without_a_test_set_is_measured_on_validation(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pandas = pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    rows = pandas.DataFrame({f"x{n}": [float((n * row) % 7) for row in range(60)] for n in range(64)})
    rows.assign(label=[row % 10 for row in range(60)]).to_parquet("rows.parquet")
    words = ("find", "--model", "torch.nn:Linear", "--model-arguments", "in_features=64", "out_features=10")
    said = call(*words, "--data", "rows.parquet", "--epochs", "1", "--out", "run")
    assert said.code == 0
    assert said.out.startswith("validation accuracy ")
    assert "validation loss" in said.out
    figures = call(*words, "--data", "rows.parquet", "--epochs", "1", "--out", "run", "--json").last_json
    assert (figures["evaluated_on"], figures["test_accuracy"]) == ("validation", None)
    assert 0 <= figures["validation_accuracy"] <= 1


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize(
    ("left", "said"),
    [
        ("nothing", "nothing had begun"),
        ("spec", "the same command begins again"),
        ("other", "the same command begins again"),
        ("checkpoint", "the same command {}goes on from the last checkpoint"),
    ],
)
def test_stopping_promises_no_more_than_there_is(
    left: str, said: str, fresh: bool, call: Call, find: Words, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(planned: Plan, out: Path, **_: object) -> None:
        folder = RunFolder(out)
        spec = {"another": 1} if left == "other" else dict(planned.spec)
        with folder.claim(spec):
            if left in ("checkpoint", "other"):
                folder.checkpoint("edge-popup").mkdir(parents=True)
                (folder.checkpoint("edge-popup") / "state.safetensors").write_bytes(b"")
            raise KeyboardInterrupt

    def at_once(*_: object) -> None:
        raise KeyboardInterrupt

    if left == "nothing":
        monkeypatch.setattr("tombola.cli.actions.search.make_plan", at_once)
    monkeypatch.setattr("tombola.cli.actions.search.execute", stopped)
    call_said = call(*find, "--out", str(tmp_path / "run"), *["--fresh"] * fresh)
    assert (call_said.code, call_said.out) == (1, "")
    assert call_said.err.splitlines()[-1] == f"stopped: {said.format('without --fresh ' * fresh)}"


def test_stopping_after_a_finished_replicate_says_so(
    call: Call, find: Words, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seeds = []

    def stopped(planned: Plan, out: Path, **given: Any) -> Run:
        seeds.append(planned.job.seeds.init_seed)
        if len(seeds) == 2:
            raise KeyboardInterrupt
        return execute(planned, out, **given)

    monkeypatch.setattr("tombola.cli.actions.search.execute", stopped)
    said = call(*find, "--replicates", "2", "--out", str(tmp_path / "runs"))
    assert said.code == 1
    assert said.err.splitlines()[-1] == "stopped: the same command goes on after the last finished replicate"


def test_our_own_bugs_keep_their_traceback(find: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("tombola.cli.actions.single.search", broken)
    with pytest.raises(ZeroDivisionError):
        main(find)
    monkeypatch.setattr("tombola.cli.actions.single.search", _refused)
    assert main(find) == 2


def _refused(*args: object) -> None:
    raise UsageError("no")


def test_a_folder_of_images_is_searched_and_evaluated(tmp_path: Path, call: Call) -> None:
    folder = made_folder(tmp_path / "colours", each=12, test=6)
    words = ("--model", "resnet-20", "--model-arguments", "classes=3", "width=0.5", "--data", str(folder))
    training = ("--epochs", "4", "--batch-size", "9", "--augment", "on", "--image-size", "16", "--lr", "0.3")
    found = call("find", *words, *training, "--out", str(tmp_path / "run"), "--json", "--quiet")
    assert found.code == 0, found.err
    measured = call("eval", str(tmp_path / "run"), "--data", str(folder), "--json")
    assert measured.code == 0, measured.err
    assert measured.last_json["examples"] == 18
    assert measured.last_json["test_accuracy"] == found.last_json["test_accuracy"] > 0.6  # chance is 1/3
    assert call("audit", str(tmp_path / "run")).code == 0
    refused = call("find", "--model", "digits-mlp", "--data", "digits", "--image-size", "16")
    assert refused.code == 2
    assert "image_size=16: the examples lie in memory" in refused.err
