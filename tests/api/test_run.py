"""What a run leaves in its folder, what it reads of the data, and what its seeds decide."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.data import Split, load
from tombola.ticket import Ticket

GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randn(90, 6, generator=GENERATOR)
LABELS = INPUTS[:, :3].argmax(1)
DATA = ((INPUTS[:40], LABELS[:40]), (INPUTS[40:65], LABELS[40:65]), (INPUTS[65:], LABELS[65:]))
TIMES = ("seconds", "train_seconds", "step_seconds")


def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Dropout(0.2), nn.Linear(12, 3))


def run(out: Path | None = None, data: Any = DATA, users: nn.Module | None = None, **settings: Any) -> tb.Run:
    chosen: dict[str, Any] = {"epochs": 4, "batch_size": 16, "precision": "32"} | settings
    if out is None:
        return tb.run(users or model(), data, **chosen)
    fresh = bool(chosen.pop("fresh", False))
    return execute(plan(users or model(), data, **chosen), out, fresh=fresh, page=False)


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def test_the_folder_of_a_run(tmp_path: Path) -> None:
    done = tb.run(model(), DATA, epochs=2, batch_size=16, out=tmp_path / "run", precision="32")
    assert set(files(tmp_path / "run")) == {
        "spec.json",
        "metrics.jsonl",
        "result.json",
        "ticket",
        "report.html",
        "checkpoint/edge-popup/best.safetensors",
        "checkpoint/edge-popup/state.safetensors",
    }
    assert done.folder == tmp_path / "run"
    assert json.loads((tmp_path / "run" / "result.json").read_text()) == done.result
    assert tb.load(tmp_path / "run" / "ticket").digest == done.ticket.digest == done.result["digest"]
    assert [row["epoch"] for row in rows(tmp_path / "run")] == [1, 2]
    result = done.result
    assert (result["kept"], result["prunable"], result["density"]) == (54, 108, 0.5)
    assert result["audit"]["equal"]
    assert result["chance"] == 1 / 3
    assert result["sizes"]["ticket_bytes"] == (tmp_path / "run" / "ticket").stat().st_size


def test_a_finished_run_is_read_and_not_run_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(tmp_path / "run")
    before = files(tmp_path / "run")

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("nothing may be searched again")

    monkeypatch.setattr(sys.modules["tombola.api.run"], "search", never)
    again = run(tmp_path / "run")
    assert files(tmp_path / "run") == before
    assert again.ticket.digest == first.ticket.digest
    assert again.result == first.result


def test_fresh_runs_it_again(tmp_path: Path) -> None:
    run(tmp_path / "run")
    before = files(tmp_path / "run")
    run(tmp_path / "run", fresh=True)
    after = files(tmp_path / "run")
    assert after["ticket"][1] == before["ticket"][1]
    assert after["ticket"][0] > before["ticket"][0]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lr": 0.2}, r"training\.lr is 0\.1 there, 0\.2 here"),
        ({"method": tb.EdgePopup(density=0.3)}, r"method\.density is 0\.5 there, 0\.3 here"),
        ({"seed": 1}, r"seeds\.data_seed is 0 there, 1 here.* and 1 more"),
        ({"data": ((INPUTS[:40] + 1, LABELS[:40]), *DATA[1:])}, r"data\.fingerprint is '\w+' there, '\w+' here"),
    ],
)
def test_another_runs_folder_is_left_as_it_is(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    run(tmp_path / "run")
    before = files(tmp_path / "run")
    with pytest.raises(tb.RunFolderError, match=rf"holds another run \(.*{said}"):
        run(tmp_path / "run", **changed)
    assert files(tmp_path / "run") == before


@pytest.mark.parametrize(
    ("name", "error", "said"),
    [
        ("spec.json", tb.RunFolderError, r"cannot read .*spec\.json"),
        ("result.json", tb.RunFolderError, r"cannot read .*result\.json"),
        ("ticket", tb.TicketError, "ticket: "),
    ],
)
@pytest.mark.parametrize("kept", [0, 20, -3])
def test_damaged_files_of_a_finished_run(
    tmp_path: Path, name: str, kept: int, error: type[Exception], said: str
) -> None:
    run(tmp_path / "run")
    path = tmp_path / "run" / name
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(error, match=said) as caught:
        run(tmp_path / "run")
    assert "\n" not in str(caught.value)
    assert run(tmp_path / "run", fresh=True).result["kept"] == 54


@pytest.mark.parametrize("name", ["state.safetensors", "best.safetensors"])
def test_a_damaged_checkpoint(tmp_path: Path, name: str) -> None:
    run(tmp_path / "run")
    (tmp_path / "run" / "result.json").unlink()
    path = tmp_path / "run" / "checkpoint" / "edge-popup" / name
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(
        tb.RunFolderError, match=rf"cannot read the checkpoint .*{name} .*: delete it, or say fresh, to begin again"
    ):
        run(tmp_path / "run")


@pytest.mark.parametrize("lost", [["result.json"], ["ticket"], ["result.json", "ticket"]])
def test_what_is_lost_is_made_again_without_training(
    tmp_path: Path, lost: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tmp_path / "run")
    before = files(tmp_path / "run")
    for name in lost:
        (tmp_path / "run" / name).unlink()

    def never(*_: Any) -> None:
        raise AssertionError("nothing may be trained again")

    monkeypatch.setattr(sys.modules["tombola.training.epoch"], "train_step", never)
    again = run(tmp_path / "run")
    assert again.ticket.digest == first.ticket.digest
    assert files(tmp_path / "run")["ticket"][1] == before["ticket"][1]
    assert rows(tmp_path / "run") == [json.loads(line) for line in before["metrics.jsonl"][1].splitlines()]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(tb.RunFolderError, match="cannot make the folder"):
        run(tmp_path / "file" / "run")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_disk_that_fills_up_and_is_freed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run(tmp_path / "whole")
    real, full = os.fsync, iter([False] * 5 + [True] * 100)

    def fsync(descriptor: int) -> None:
        if next(full):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(tb.RunFolderError, match=r"cannot write .*: No space left on device; free some space"):
        run(tmp_path / "run")
    assert not list((tmp_path / "run").rglob("*.part"))
    monkeypatch.setattr(os, "fsync", real)
    assert run(tmp_path / "run").ticket.digest == whole.ticket.digest


def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every evaluation that follows: who asked, and the first example's address in memory."""
    seen: list[tuple[str, int]] = []
    for module in ("tombola.training.fitting", "tombola.search.workspace"):
        real = sys.modules[module].evaluate

        def noted(network: Any, split: Split, *rest: Any, real: Any = real, module: str = module) -> Any:
            seen.append((module.rpartition(".")[2], split.inputs.data_ptr()))
            return real(network, split, *rest)

        monkeypatch.setattr(sys.modules[module], "evaluate", noted)
    return seen


def test_the_test_set_is_read_at_the_end_and_once_by_each_network(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, data = evaluated(monkeypatch), load(DATA)
    assert data.validation is not None
    assert data.test is not None
    chosen, final = data.validation.inputs.data_ptr(), data.test.inputs.data_ptr()
    run(data=data)
    assert seen == [("fitting", chosen)] * 4 + [("workspace", final)] * 3, (
        "the ticket, the whole network, a random mask"
    )


def test_no_choice_depends_on_the_test_set(tmp_path: Path) -> None:
    other = (*DATA[:2], (torch.randn(25, 6), torch.randint(0, 3, (25,))))
    ours, theirs = run(tmp_path / "a"), run(tmp_path / "b", data=other)
    assert ours.ticket.mask == theirs.ticket.mask
    assert ours.result["chosen_epoch"] == theirs.result["chosen_epoch"]
    assert ours.result["test_loss"] != theirs.result["test_loss"]
    keep = [{key: value for key, value in row.items() if key != "seconds"} for row in rows(tmp_path / "a")]
    assert keep == [{key: value for key, value in row.items() if key != "seconds"} for row in rows(tmp_path / "b")]


def test_the_epoch_with_the_best_validation_metric_is_taken(tmp_path: Path) -> None:
    done = run(tmp_path / "run", epochs=12, lr=0.5)
    history = rows(tmp_path / "run")
    order = sorted(history, key=lambda row: (-row["validation_accuracy"], row["validation_loss"], row["epoch"]))
    assert done.result["chosen_epoch"] == order[0]["epoch"]
    assert done.result["validation_accuracy"] == order[0]["validation_accuracy"]
    assert done.result["evaluated_on"] == "test"


def test_a_metric_of_which_less_is_better(tmp_path: Path) -> None:
    def miss(outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs.argmax(1) != targets).float()

    done = run(tmp_path / "run", metric=tb.Metric("error", miss, higher_is_better=False), epochs=12, lr=0.5)
    history = rows(tmp_path / "run")
    assert done.result["validation_error"] == min(row["validation_error"] for row in history)
    assert done.result["validation_error"] < max(row["validation_error"] for row in history)
    assert done.result["metric"] == "error"
    assert set(done.result) >= {"test_error", "test_loss"}


def test_the_papers_protocol_trains_on_all_and_takes_the_last_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load((DATA[0], None, DATA[2]))
    done = run(tmp_path / "run", data=data, protocol="paper", epochs=8, lr=0.5)
    history = rows(tmp_path / "run")
    assert done.result["chosen_epoch"] == 8
    assert (done.result["protocol"], done.result["evaluated_on"]) == ("paper", "test")
    assert done.result["test_accuracy"] == history[-1]["test_accuracy"]
    assert history[0]["step"] == 3, "40 examples in batches of 16: none is held out"
    assert not [key for key in done.result if key.startswith("validation")]
    assert done.ticket.spec["protocol"] == "paper"
    assert done.ticket.metrics["protocol"] == "paper"


def test_without_a_test_set_the_figures_are_of_validation() -> None:
    done = run(data=DATA[:2])
    assert done.result["evaluated_on"] == "validation"
    assert done.result["test_accuracy"] is None
    assert done.result["validation_accuracy"] == done.result["comparison"][0]["validation_accuracy"]


def test_same_seed_same_bits_and_each_seed_changes_what_it_should() -> None:
    def found(**seeds: int) -> Ticket:
        return run(seed=tb.Seeds(**seeds)).ticket

    base = found()
    assert found().digest == base.digest
    assert found(split_seed=1).mask == base.mask, "there is a validation split, so nothing is split"
    init, order, scores = found(init_seed=1), found(data_seed=1), found(mask_seed=1)
    assert init.weights != base.weights
    assert order.weights == scores.weights == base.weights
    assert len({ticket.mask.digest() for ticket in (base, init, order, scores)}) == 4
    held = run(seed=tb.Seeds(split_seed=1), data=(DATA[0], None, DATA[2])).ticket
    assert held.mask != run(data=(DATA[0], None, DATA[2])).ticket.mask


def test_replicates_differ_in_weights_scores_and_order_but_share_the_split() -> None:
    first, second = run(seed=0), run(seed=1)
    assert first.ticket.weights == tb.SignedKaimingConstant(seed=0)
    assert second.ticket.weights == tb.SignedKaimingConstant(seed=1)
    assert second.ticket.spec["seeds"]["split_seed"] == 0  # type: ignore[index, call-overload]


def test_the_ticket_says_what_made_it() -> None:
    done = run()
    assert done.folder is None
    assert done.ticket.spec == json.loads(
        json.dumps(dict(plan(model(), DATA, epochs=4, batch_size=16, precision="32").spec))
    )
    assert done.ticket.provenance["torch"] == torch.__version__
    for key in ("test_accuracy", "test_loss", "validation_accuracy", "validation_loss", "chosen_epoch"):
        assert done.ticket.metrics[key] == done.result[key]


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_optimisers_with_a_heavy_decay_never_touch_a_weight(optimizer: str) -> None:
    users = model()
    done = run(users=users, weights=tb.Own(), optimizer=optimizer, weight_decay=0.3, compare=True)
    for name, weight in done.ticket.initial_weights().items():
        assert torch.equal(weight, users.get_parameter(name))
    assert done.result["audit"]["weights_before"] == done.result["audit"]["weights_after"]


def test_a_moved_weight_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = tb.EdgePopup.search

    def search(method: tb.EdgePopup, workspace: Any) -> Any:
        found = real(method, workspace)
        with torch.no_grad():
            next(iter(found.weights.values())).view(-1)[3] += 1e-6
        return found

    monkeypatch.setattr(tb.EdgePopup, "search", search)
    with pytest.raises(tb.TombolaError, match="the weights changed during the search"):
        run()


@pytest.mark.parametrize("on", [False, True])
def test_the_settings_of_the_process_come_back(on: bool) -> None:
    torch.use_deterministic_algorithms(on)
    try:
        run()
        assert torch.are_deterministic_algorithms_enabled() is on
        with pytest.raises(tb.DivergedError):
            run(lr=1e30)
        assert torch.are_deterministic_algorithms_enabled() is on
        assert not torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


def test_a_search_beats_chance_on_digits() -> None:
    done = tb.run("digits-mlp", "digits", epochs=3, precision="32")
    assert done.result["test_accuracy"] > 0.8
    named = {row["name"]: row["test_accuracy"] for row in done.result["comparison"]}
    assert named["random mask"] < 0.4
