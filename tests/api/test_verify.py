"""A whole verification: what is trained from what, what is compared, what is kept, and what is refused."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import tombola as tb
from tombola.api.verify import verify
from tombola.data import batches, load, split_validation
from tombola.masks import Mask
from tombola.ticket import Architecture
from tombola.training import derive
from tombola.verification import CONTROLS
from tombola.weights import GlorotNormal

ISOLATION = sys.modules["tombola.verification.isolation"]
PRUNING = tb.IterativeMagnitude(levels=2)
QUICK: dict[str, Any] = {"epochs": 3, "batch_size": 16, "precision": "32", "lr": 0.01}


def network() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))


def data() -> Any:
    generator = torch.Generator().manual_seed(2)

    def split(count: int) -> tuple[Tensor, Tensor]:
        inputs = torch.randn(count, 6, generator=generator)
        return inputs, inputs[:, :3].argmax(1)

    return split(80), split(40), split(60)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two replicates of a search by iterative pruning."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in range(2):
        tb.run(network(), data(), method=PRUNING, out=folder / f"seed-{seed}", seed=seed, **QUICK)
    return folder


def trial(record: dict[str, Any], name: str, replicate: int = 0, level: int | None = None) -> dict[str, Any]:
    (found,) = (
        row for row in record["trials"] if (row["network"], row["replicate"], row["level"]) == (name, replicate, level)
    )
    return dict(found)


def test_the_ticket_is_trained_in_isolation(runs: Path) -> None:
    """A plain loop from the ticket's file gives the figures of the trial, to the bit."""
    ticket, splits = tb.load(runs / "seed-0" / "ticket"), load(data())
    done = verify(ticket, data(), model=network(), replicates=2, controls=["random-mask"])
    assert splits.validation is not None
    assert splits.test is not None
    for replicate in range(2):
        built = ticket.build(network())
        optimizer = torch.optim.Adam(built.parameters(), lr=0.01, fused=True)
        best, seed, step = (float("inf"), 0, 0.0, 0.0), derive(replicate, "verify", "data"), 0
        for epoch in range(3):
            for inputs, targets in batches(splits.train, 16, splits.preparation, seed=seed, epoch=epoch):
                optimizer.zero_grad()
                F.cross_entropy(built(inputs), targets).backward()
                for name, kept in ticket.mask.items():
                    gradient = built.get_parameter(name).grad
                    assert gradient is not None
                    gradient[~kept] = 0
                optimizer.step()
                step += 1
            with torch.no_grad():
                held = F.cross_entropy(built(splits.validation.inputs), splits.validation.targets).item()
                outputs = built(splits.test.inputs)
            hits = (outputs.argmax(1) == splits.test.targets).double().mean().item()
            loss = F.cross_entropy(outputs, splits.test.targets).item()
            if held < best[0]:
                best = (held, step, hits, loss)
        row = trial(done.record, "ticket", replicate)
        assert (row["iterations"], row["metric"]) == (best[1], best[2])
        assert row["loss"] == pytest.approx(best[3], abs=1e-6)


def test_levels_of_replicates_are_paired_by_replicate(runs: Path) -> None:
    done = verify(runs, data(), model=network(), levels="all", controls=["fresh-weights"])
    record = done.record
    assert [level["level"] for level in record["levels"]] == [1, 2]
    assert record["replicates"] == 2
    assert record["subject"]["kind"] == "replicates"
    assert len(record["trials"]) == 2 * 2 * 3, "two levels, two replicates, ticket, dense and fresh weights"
    assert trial(record, "ticket", 0, 1)["kept"] > trial(record, "ticket", 0, 2)["kept"]
    for replicate in range(2):
        whole = [trial(record, "dense", replicate, level) for level in (1, 2)]
        assert whole[0] | {"level": 2} == whole[1], "the whole network is the same beside every level"
    assert trial(record, "dense", 0, 1)["loss"] != trial(record, "dense", 1, 1)["loss"]
    assert (runs / "verification.json").exists()
    (row,) = (r for r in record["levels"][1]["evidence"] if (r["control"], r["measure"]) == ("dense", "accuracy"))
    values = [trial(record, "ticket", r, 2)["metric"] - trial(record, "dense", r, 2)["metric"] for r in range(2)]
    assert row["difference"] == pytest.approx(sum(values) / 2)
    assert row["in_definition"]


def test_no_trial_is_run_twice(runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    ticket = tb.load(runs / "seed-0" / "ticket")
    first = verify(ticket, data(), model=network(), replicates=2, out=folder)

    def never(*_: Any) -> Any:
        raise AssertionError("a finished trial was run again")

    monkeypatch.setattr(ISOLATION, "fit", never)
    again = verify(ticket, data(), model=network(), replicates=2, out=folder)
    assert first.record["trials"] == again.record["trials"]
    assert first.verdict == again.verdict
    monkeypatch.undo()
    longer = verify(ticket, data(), model=network(), replicates=2, out=folder, epochs=4)
    assert longer.record["trials"] != first.record["trials"], "other settings are another trial"


def test_a_verification_that_is_stopped_goes_on(runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ticket = tb.load(runs / "seed-0" / "ticket")
    whole = verify(ticket, data(), model=network(), replicates=2).record
    real, calls = ISOLATION.fit, 0

    def stopping(loop: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        return real(loop)

    monkeypatch.setattr(ISOLATION, "fit", stopping)
    with pytest.raises(KeyboardInterrupt):
        verify(ticket, data(), model=network(), replicates=2, out=tmp_path)
    monkeypatch.undo()
    assert verify(ticket, data(), model=network(), replicates=2, out=tmp_path).record["trials"] == whole["trials"]
    assert not list((tmp_path / "verification").glob("*.checkpoint"))


def test_a_supermask_is_measured_as_it_is() -> None:
    ticket = tb.find(network(), data(), weights=tb.SignedKaimingConstant(), epochs=5, batch_size=16, precision="32")
    done = verify(ticket, data(), model=network(), replicates=3, controls="all")
    record = done.record
    expected = tb.evaluate(ticket, data(), network())
    for replicate in range(3):
        assert trial(record, "ticket", replicate)["metric"] == expected["test_accuracy"]
        assert trial(record, "ticket", replicate)["iterations"] is None
    assert record["definition"]["name"] == "supermask"
    assert trial(record, "dense")["iterations"] is not None, "the whole network is trained"
    outcomes = {row["control"]: row["outcome"] for row in done.evidence}
    assert outcomes["same-signs"] == "not applicable"
    assert set(outcomes) == {*CONTROLS, "chance"}, "none is skipped in silence"
    assert all(row["reason"] for row in done.evidence if row["outcome"] == "not applicable")


def test_a_rewound_ticket_is_trained_from_where_it_was_taken(tmp_path: Path) -> None:
    method = tb.IterativeMagnitude(levels=1, rewind_step="3it")
    run = tb.run(network(), data(), method=method, out=tmp_path / "run", **QUICK)
    assert run.ticket.metrics["start_step"] == 3
    record = verify(tmp_path / "run", data(), model=network(), replicates=2, controls=["random-mask"]).record
    steps = 3 * 5
    assert all(row["iterations"] <= steps - 3 for row in record["trials"] if row["network"] == "ticket")
    outcomes = {row["control"]: row["outcome"] for row in record["levels"][0]["evidence"]}
    assert outcomes["random-mask"] == "not applicable", "the file holds no weights that another mask could keep"
    assert trial(record, "dense")["kept"] == 6 * 16 + 16 * 3


def test_other_data_is_said(runs: Path) -> None:
    changed = ((torch.randn(80, 6), torch.arange(80) % 3), *data()[1:])
    ticket = tb.load(runs / "seed-0" / "ticket")
    assert verify(ticket, data(), model=network(), replicates=2).record["same_data"]
    assert not verify(ticket, changed, model=network(), replicates=2).record["same_data"]


def test_a_ticket_made_by_hand_is_verified_with_settings_given() -> None:
    mask = Mask({"0.weight": torch.rand(16, 6) < 0.5, "2.weight": torch.ones(3, 16, dtype=torch.bool)})
    state = {"0.bias": torch.zeros(16), "2.bias": torch.zeros(3)}
    ticket = tb.Ticket(Architecture("mine:Net"), mask, dict.fromkeys(mask, 1.0), GlorotNormal(), state)
    done = verify(ticket, data(), model=network(), replicates=2, trained=True, **QUICK)
    assert done.verdict in ("winning", "not winning", "undecided")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"replicates": 1}, "replicates=1: an interval needs 2 or more"),
        ({"replicates": 0}, "an interval needs 2 or more"),
        ({"replicates": True}, "an interval needs 2 or more"),
        ({"controls": ["random-masks"]}, "did you mean 'random-mask'"),
        ({"definition": "winner"}, "lottery-ticket"),
        ({"levels": [7]}, "has no level 7: expected some of 1 to 2"),
        ({"levels": [0]}, "has no level 0: expected some of 1 to 2"),
        ({"epoch": 3}, "setting 'epoch'"),
    ],
)
def test_wrong_use_is_told(given: dict[str, Any], said: str, runs: Path) -> None:
    with pytest.raises(tb.UsageError, match=said):
        verify(runs / "seed-0", data(), model=network(), **given)


def test_what_has_no_levels_says_so(runs: Path, tmp_path: Path) -> None:
    with pytest.raises(tb.UsageError, match="has no levels"):
        verify(runs / "seed-0" / "ticket", data(), model=network(), levels="all")
    with pytest.raises(tb.RunFolderError, match="holds no finished run"):
        verify(tmp_path, data(), model=network())


@pytest.mark.parametrize(
    "spec",
    [
        {"training": {"epochs": 2, "evil": 1}},
        {"training": 3},
        {"seeds": {"x": 1}},
        {"protocol": "none"},
        {"validation_fraction": "much"},
        {"validation_fraction": 10**400},
        {"training": {"optimizer": []}},
        {"training": {"lr": 10**400}},
    ],
)
def test_a_spec_that_no_search_wrote_is_refused(spec: dict[str, Any]) -> None:
    mask = Mask({"0.weight": torch.rand(16, 6) < 0.5, "2.weight": torch.ones(3, 16, dtype=torch.bool)})
    state = {"0.bias": torch.zeros(16), "2.bias": torch.zeros(3)}
    ticket = tb.Ticket(Architecture("mine:Net"), mask, dict.fromkeys(mask, 1.0), GlorotNormal(), state, spec=spec)
    with pytest.raises(tb.TicketError, match="not one that a search wrote"):
        verify(ticket, data(), model=network(), replicates=2)


def test_the_validation_split_is_that_of_the_search(tmp_path: Path) -> None:
    run = tb.run("digits-mlp", "digits", method=tb.IterativeMagnitude(levels=1), epochs=1, precision="32")
    assert run.ticket.spec["validation_fraction"] == 0.1
    seen: list[int] = []
    real = ISOLATION.fit

    def noting(loop: Any) -> Any:
        seen.append(loop.data.validation.inputs.sum().item())
        return real(loop)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ISOLATION, "fit", noting)
        verify(run.ticket, "digits", replicates=2, controls=["flipped-signs"])
    expected = split_validation(load("digits"), 0.1, 0).validation
    assert expected is not None
    assert set(seen) == {expected.inputs.sum().item()}


def test_the_record_is_complete(runs: Path) -> None:
    verify(runs / "seed-0", data(), model=network(), replicates=2)
    record = json.loads((runs / "seed-0" / "verification.json").read_text())
    assert record["verdict"] in ("winning", "not winning", "undecided")
    assert {finding["ok"] for finding in record["audit"]} <= {True, None}
    assert record["definition"]["conditions"][0].startswith("accuracy: at least that of the whole network")
    assert record["environment"]


def test_a_fine_tuned_ticket_and_its_controls_are_trained_as_its_search_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method = tb.IterativeMagnitude(levels=1, rewind_step="3it", retraining="fine-tuning")
    run = tb.run(network(), data(), method=method, out=tmp_path / "run", **(QUICK | {"schedule": "cosine"}))
    assert run.ticket.metrics["training"] == {"lr": pytest.approx(0.0025), "schedule": "constant"}
    loops: list[Any] = []
    real = ISOLATION.fit

    def noting(loop: Any) -> Any:
        loops.append(loop)
        return real(loop)

    monkeypatch.setattr(ISOLATION, "fit", noting)
    for ticket in (tmp_path / "run" / "ticket", tmp_path / "run" / "levels" / "01" / "ticket"):
        loops.clear()
        verify(ticket, data(), model=network(), replicates=2, controls=["flipped-signs"], trained=True)
        seen = {loop.name.split()[0]: (loop.start, loop.training.schedule, loop.training.lr) for loop in loops}
        assert seen["dense"] == (0, "cosine", 0.01)
        assert seen["ticket"] == seen["flipped-signs"] == (3, "constant", pytest.approx(0.0025))


def test_trials_with_other_examples_held_out_are_other_trials(tmp_path: Path) -> None:
    """The same mask and weights, found with another split: nothing of the first verification may stand for it."""
    inputs, labels = data()[0]
    unsplit = ((inputs, labels), None, data()[2])
    ticket = tb.find(network(), unsplit, weights=tb.SignedKaimingConstant(), epochs=1, batch_size=16, precision="32")
    other = replace(ticket, spec=json.loads(json.dumps(dict(ticket.spec))) | {"validation_fraction": 0.3})
    settings: dict[str, Any] = {"model": network(), "replicates": 2, "trained": True, "out": tmp_path, "epochs": 2}
    first = verify(ticket, unsplit, **settings).record["trials"]
    (tmp_path / "verification.json").unlink()  # or the folder is another ticket's
    assert verify(other, unsplit, **settings).record["trials"] != first


def test_what_a_file_names_is_never_imported(tmp_path: Path) -> None:
    ticket = tb.find("digits-mlp", "digits", epochs=1, precision="32")
    touched = tmp_path / "touched"
    evil = replace(ticket, architecture=Architecture("os:system", {"command": f"touch {touched}"}, builtin=False))
    path = evil.save(tmp_path / "evil.ticket")
    with pytest.raises(tb.TicketError, match="not builtin: pass the model"):
        verify(path, "digits", replicates=2)
    huge = replace(ticket, architecture=Architecture("digits-mlp", {"width": 4000}))
    with pytest.raises(tb.TicketError):  # before memory is taken
        verify(huge.save(tmp_path / "huge.ticket"), "digits", replicates=2)
    assert not touched.exists()


def test_a_trained_network_is_no_lottery_ticket(runs: Path) -> None:
    with pytest.raises(tb.UsageError, match="holds a trained network"):
        verify(runs / "seed-0" / "trained", data(), model=network(), replicates=2)
    as_it_is = verify(
        runs / "seed-0" / "trained", data(), model=network(), replicates=2, trained=False, controls=["random-mask"]
    )
    assert as_it_is.record["trained"] is False


def test_replicates_differ_in_their_seeds_alone(runs: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    for seed in range(2):
        shutil.copytree(runs / "seed-0", copied / f"seed-{seed}")
    with pytest.raises(tb.UsageError, match="seed-0 and seed-1 hold one ticket"):
        verify(copied, data(), model=network())
    mixed = tmp_path / "mixed"
    shutil.copytree(runs / "seed-0", mixed / "seed-0")
    tb.run(network(), data(), out=mixed / "seed-1", seed=1, **QUICK)
    with pytest.raises(tb.UsageError, match=r"are no replicates: method\.name is"):
        verify(mixed, data(), model=network())
    shutil.rmtree(mixed / "seed-1")
    (mixed / "seed-notes.txt").write_text("")
    with pytest.raises(tb.UsageError, match="holds one replicate"):
        verify(mixed, data(), model=network())
    with pytest.raises(tb.UsageError, match=r"replicates=5: .* has 2 replicates"):
        verify(runs, data(), model=network(), replicates=5)


def test_replicates_are_audited(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs, tmp_path / "runs")
    result = tmp_path / "runs" / "seed-1" / "result.json"
    result.write_text(result.read_text().replace('"digest": "sha256:', '"digest": "sha256:0', 1))
    done = verify(tmp_path / "runs", data(), model=network(), epochs=1)
    failed = [finding["name"] for finding in done.record["audit"] if finding["ok"] is False]
    assert failed
    assert all(name.startswith("seed-1: ") for name in failed)


def test_another_model_is_another_trial(tmp_path: Path) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = network()

        def forward(self, x: Tensor) -> Any:
            return self.parts(x)

    class Zero(Net):
        def forward(self, x: Tensor) -> Any:
            return self.parts(x) * 0

    ticket = tb.find(Net(), data(), **QUICK)
    settings: dict[str, Any] = {"replicates": 2, "controls": ["random-mask"], "out": tmp_path / "v"}
    first = verify(ticket, data(), model=Net(), **settings)
    second = verify(ticket, data(), model=Zero(), **settings)
    assert first.record["trials"] != second.record["trials"]
    with pytest.raises(tb.TicketError, match="does not fit"):
        verify(ticket, data(), model=nn.Sequential(nn.Linear(6, 3)), **settings)


def test_what_does_not_fit_the_data_is_one_sentence(runs: Path, tmp_path: Path) -> None:
    ticket = tb.load(runs / "seed-0" / "ticket")
    (inputs, _), validation, test = data()
    narrow = tuple((split[0][:, :5], split[1]) for split in data())
    with pytest.raises(tb.UsageError, match="does not take inputs of shape"):
        verify(ticket, narrow, model=network(), replicates=2)
    with pytest.raises(tb.UsageError, match="gives outputs of shape"):
        verify(ticket, ((inputs, torch.arange(80) % 12), validation, test), model=network(), replicates=2)


def test_a_folder_of_something_else_is_left_alone(runs: Path, tmp_path: Path) -> None:
    first, second = (tb.load(runs / f"seed-{seed}" / "ticket") for seed in range(2))
    settings: dict[str, Any] = {"model": network(), "replicates": 2, "controls": ["random-mask"], "epochs": 1}
    verify(first, data(), out=tmp_path / "v", **settings)
    before = (tmp_path / "v" / "verification.json").read_bytes()
    with pytest.raises(tb.RunFolderError, match="holds the verification of"):
        verify(second, data(), out=tmp_path / "v", **settings)
    assert (tmp_path / "v" / "verification.json").read_bytes() == before
    for out, said in ((runs, "holds other files"), (runs / "seed-1", "holds other files"), ("/proc/x", "cannot make")):
        with pytest.raises(tb.RunFolderError, match=said):
            verify(first, data(), out=out, **settings)
    (tmp_path / "file").write_text("")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "verification").write_text("")
    for out in (tmp_path / "file", tmp_path / "w"):
        with pytest.raises(tb.RunFolderError, match="is no folder"):
            verify(first, data(), out=out, **settings)


def test_levels_come_in_their_order(runs: Path) -> None:
    given = verify(runs / "seed-0", data(), model=network(), levels=[2, 1, 2], replicates=2, epochs=1)
    assert [level.level for level in given.levels] == [1, 2]
