"""Trainings that begin and end anywhere, look at the held-out data at any pace, and keep a moment on their way."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn

from tombola.data import DataSet, batch_order, load
from tombola.errors import UsageError
from tombola.training import Fitted, Loop, Progress, Scores, Training, checkpoint, fit, fitting, make_fabric, make_task
from tombola.training import epoch as stretches
from tombola.training.checkpoint import load_network, load_network_of_checkpoint

# 29 examples in batches of 8 are 4 steps an epoch, 12 in all; the last batch of an epoch is short.
SETTINGS = Training(epochs=3, batch_size=8, precision="32", lr=0.05, evaluate_every="3it", weight_decay=0.01)
PER_EPOCH, STEPS = 4, 12
State = list[Tensor]


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)


def data() -> DataSet:
    generator = torch.Generator().manual_seed(5)

    def split(count: int) -> tuple[Tensor, Tensor]:
        inputs = torch.randn(count, 4, generator=generator)
        return inputs, (inputs.sum(1) > 0).long()

    return load((split(29), split(12)))


def network(dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 2))


def loop(folder: Path, model: nn.Module, settings: Training = SETTINGS, **changed: Any) -> Loop:
    chosen: dict[str, Any] = {"data": data(), "task": make_task(None, None, classes=2), "seed": 0} | changed
    return Loop(
        name="test", network=model, training=settings, fabric=make_fabric(settings.precision), folder=folder, **chosen
    )


def state(model: nn.Module) -> State:
    return [value.clone() for value in model.state_dict().values()]


def same(a: State, b: State) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def untimed(fitted: Fitted) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in fitted.history]


def read(folder: Path, name: str) -> State:
    model = network()
    load_network(folder / f"{name}.safetensors", model)
    return state(model)


@dataclass
class Plain:
    """A plain loop: what the network was after each step, and each step's summed loss, hits and examples."""

    states: dict[int, State]
    sums: dict[int, tuple[float, int, int]]
    rates: dict[int, float]


def plain(model: nn.Module, settings: Training = SETTINGS, start: int = 0, last: int = STEPS) -> Plain:
    examples, made = data().train, Plain({start: state(model)}, {}, {})
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=settings.momentum, weight_decay=0.01, fused=True)
    for step in range(start, last):
        epoch, index = divmod(step, PER_EPOCH)
        optimizer.param_groups[0]["lr"] = settings.lr_at(epoch)
        chosen = batch_order(29, seed=0, epoch=epoch).split(8)[index]
        inputs, targets = examples.inputs[chosen], examples.targets[chosen]
        optimizer.zero_grad()
        outputs = model.train()(inputs)
        loss = F.cross_entropy(outputs, targets)
        loss.backward()
        optimizer.step()
        hits = int((outputs.argmax(1) == targets).sum())
        made.sums[step + 1] = (loss.item() * len(chosen), hits, len(chosen))
        made.states[step + 1], made.rates[step + 1] = state(model), settings.lr_at(epoch)
    return made


def held_out(values: State) -> tuple[float, float]:
    model = network().eval()
    model.load_state_dict(dict(zip(model.state_dict(), values, strict=True)))
    split = data().validation
    assert split is not None
    with torch.no_grad():
        outputs = model(split.inputs)
    return float(F.cross_entropy(outputs, split.targets)), float((outputs.argmax(1) == split.targets).double().mean())


def expected_rows(run: Plain, steps: list[int], start: int = 0) -> list[dict[str, Any]]:
    rows = []
    for before, step in pairwise([start, *steps]):
        losses, hits, counts = zip(*(run.sums[index] for index in range(before + 1, step + 1)), strict=True)
        loss, accuracy = held_out(run.states[step])
        rows.append(
            {
                "epoch": step / PER_EPOCH,
                "step": step,
                "lr": run.rates[step],
                "train_loss": pytest.approx(sum(losses) / sum(counts)),
                "train_accuracy": sum(hits) / sum(counts),
                "validation_loss": pytest.approx(loss),
                "validation_accuracy": accuracy,
            }
        )
    return rows


@pytest.mark.parametrize(
    ("every", "steps"),
    [
        ("1it", list(range(1, 13))),
        ("3it", [3, 6, 9, 12]),
        ("4it", [4, 8, 12]),
        ("5it", [5, 10, 12]),
        ("7it", [7, 12]),
        ("12it", [12]),
        ("500it", [12]),
        ("1ep", [4, 8, 12]),
        ("2ep", [8, 12]),
        ("9ep", [12]),
    ],
)
def test_rows_come_at_their_pace_and_at_the_end(tmp_path: Path, every: str, steps: list[int]) -> None:
    recorded: list[list[int]] = []
    model = network()
    settings = replace(SETTINGS, evaluate_every=every)

    def record(rows: list[dict[str, Any]]) -> None:
        recorded.append([row["step"] for row in rows])

    fitted = fit(loop(tmp_path, model, settings, choose="last", record=record))
    reference = plain(network())
    assert untimed(fitted) == expected_rows(reference, steps)
    assert same(state(model), reference.states[STEPS])
    assert all(isinstance(row["epoch"], int) for row in fitted.history if row["step"] % PER_EPOCH == 0)
    assert recorded[-1] == steps
    assert all(a == b[: len(a)] for a, b in pairwise(recorded))


@pytest.mark.parametrize("every", ["1it", "3it", "5it", "2ep"])
def test_looking_changes_nothing(tmp_path: Path, every: str) -> None:
    often, once = network(dropout=0.4), network(dropout=0.4)
    fit(loop(tmp_path / "often", often, replace(SETTINGS, evaluate_every=every), choose="last"))
    fit(loop(tmp_path / "once", once, replace(SETTINGS, evaluate_every="1ep"), choose="last"))
    assert same(state(often), state(once))


@pytest.mark.parametrize("schedule", ["cosine", "step", "constant"])
@pytest.mark.parametrize("start", [1, 3, 4, 6, 11])
def test_a_start_goes_on_with_order_and_schedule(tmp_path: Path, start: int, schedule: str) -> None:
    settings = replace(SETTINGS, schedule=schedule, warmup_epochs=1)
    model = network()
    fitted = fit(loop(tmp_path, model, settings, choose="last", start=start))
    reference = plain(network(), settings, start)
    steps = [step for step in (3, 6, 9, 12) if step > start]
    assert untimed(fitted) == expected_rows(reference, steps, start)
    assert same(state(model), reference.states[STEPS])
    assert fitted.step_seconds == pytest.approx(fitted.train_seconds / (STEPS - start))


@pytest.mark.parametrize("stop", [1, 4, 5, 8, 11])
def test_a_stop_is_that_moment_of_the_whole_training(tmp_path: Path, stop: int) -> None:
    model = network()
    fitted = fit(loop(tmp_path, model, choose="last", stop=stop))
    assert same(state(model), plain(network()).states[stop])
    assert [row["step"] for row in fitted.history] == sorted({*range(3, stop + 1, 3), stop})
    assert [row["lr"] for row in fitted.history] == [SETTINGS.lr_at((row["step"] - 1) // 4) for row in fitted.history]


@pytest.mark.parametrize("stop", [12, 13, 10**9])
def test_a_stop_at_or_after_the_end_is_none(tmp_path: Path, stop: int) -> None:
    fitted = fit(loop(tmp_path, network(), stop=stop))
    assert fitted.history[-1]["step"] == STEPS


@pytest.mark.parametrize("between", [2, 4, 7])
def test_two_stretches_are_the_whole_where_the_optimiser_remembers_nothing(tmp_path: Path, between: int) -> None:
    settings = replace(SETTINGS, momentum=0.0)
    whole, parts = network(), network()
    fit(loop(tmp_path / "whole", whole, settings, choose="last"))
    fit(loop(tmp_path / "first", parts, settings, choose="last", stop=between))
    fit(loop(tmp_path / "second", parts, settings, choose="last", start=between))
    assert same(state(parts), state(whole))


@pytest.mark.parametrize("moment", range(STEPS + 1))
def test_a_snapshot_is_the_network_at_that_moment(tmp_path: Path, moment: int) -> None:
    model = network()
    fit(loop(tmp_path, model, choose="last", snapshot=moment))
    reference = plain(network())
    assert same(read(tmp_path, "snapshot"), reference.states[moment])
    assert same(state(model), reference.states[STEPS]), "it changes nothing"


@pytest.mark.parametrize("moment", [5, 6, 9])
def test_a_snapshot_of_a_stretch(tmp_path: Path, moment: int) -> None:
    fit(loop(tmp_path, network(), choose="last", start=5, stop=9, snapshot=moment))
    assert same(read(tmp_path, "snapshot"), plain(network(), start=5, last=9).states[moment])


def test_no_snapshot_where_none_is_asked(tmp_path: Path) -> None:
    fit(loop(tmp_path, network(), choose="last"))
    assert [path.name for path in tmp_path.iterdir()] == ["state.safetensors"]


@pytest.mark.parametrize(
    ("losses", "chosen"),
    [([4.0, 2.0, 3.0, 2.0], 6), ([1.0, 1.0, 1.0, 1.0], 3), ([4.0, 3.0, 2.0, 1.0], 12), ([0.5, 0.6, 0.7, 0.8], 3)],
)
def test_the_earliest_of_the_lowest_losses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, losses: list[float], chosen: int
) -> None:
    scripted = iter(losses)
    metric = iter([0.1, 0.2, 0.3, 0.9])  # has no say
    monkeypatch.setattr(fitting, "evaluate", lambda *_: Scores(next(scripted), next(metric)))
    model = network()
    fitted = fit(loop(tmp_path, model, choose="loss"))
    assert fitted.chosen_row["step"] == chosen
    reference = plain(network())
    assert same(state(model), reference.states[chosen])
    ended = network()
    load_network_of_checkpoint(tmp_path / "state.safetensors", ended)
    assert same(state(ended), reference.states[STEPS]), "the end is kept beside it"


def test_the_lowest_loss_is_found_between_epochs(tmp_path: Path) -> None:
    model = network()
    settings = replace(SETTINGS, evaluate_every="1it", lr=0.6, schedule="constant")
    fitted = fit(loop(tmp_path, model, settings, choose="loss"))
    reference = plain(network(), settings)
    losses = {step: held_out(reference.states[step])[0] for step in range(1, STEPS + 1)}
    best = min(losses, key=losses.__getitem__)
    assert best % PER_EPOCH, "or this test shows nothing"
    assert fitted.chosen_row["step"] == best
    assert same(state(model), reference.states[best])


class StopError(Exception):
    """A kill that can be caught: what is on disk stays, nothing else does."""


class Killer(Progress):
    """Stops the training once so many steps are done; says that it is due each time."""

    def __init__(self, after: int) -> None:
        self.after = after

    def is_due(self) -> bool:
        return True

    def advance(self, done: int, facts: dict[str, str]) -> None:
        if done >= self.after:
            raise StopError


STRETCHES: list[dict[str, Any]] = [
    {"snapshot": 0},
    {"snapshot": 5},
    {"snapshot": 12},
    {"start": 2, "snapshot": 2},
    {"start": 5, "stop": 11, "snapshot": 7},
]


def whole_and(folder: Path, **stretch: Any) -> tuple[list[dict[str, Any]], State, State, Fitted]:
    model = network(dropout=0.3)
    fitted = fit(loop(folder / "whole", model, **stretch))
    return untimed(fitted), state(model), read(folder / "whole", "snapshot"), fitted


@pytest.mark.parametrize(
    ("seconds", "choose"),
    [(-1.0, "loss"), (1e9, "loss"), (-1.0, "last")],
    ids=["a checkpoint a step", "checkpoints where they must be", "the last row"],
)
@pytest.mark.parametrize("stretch", STRETCHES, ids=str)
def test_killed_after_every_step_nothing_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stretch: dict[str, Any], choose: str, seconds: float
) -> None:
    monkeypatch.setattr(stretches, "SECONDS_BETWEEN_CHECKPOINTS", seconds)
    rows, end, snapshot, fitted = whole_and(tmp_path, choose=choose, **stretch)
    start, last = stretch.get("start", 0), stretch.get("stop", STEPS)
    for step in range(start + 1, last):
        with pytest.raises(StopError):
            fit(loop(tmp_path / "pieces", network(0.3), choose=choose, progress=Killer(step), **stretch))
    recorded: list[Any] = []
    model = network(0.3)
    resumed = fit(loop(tmp_path / "pieces", model, choose=choose, record=lambda got: recorded.append(got), **stretch))
    assert untimed(resumed) == rows
    assert resumed.chosen == fitted.chosen
    assert same(state(model), end)
    assert same(read(tmp_path / "pieces", "snapshot"), snapshot)
    assert [row["step"] for row in recorded[-1]] == [row["step"] for row in rows]
    again = network(0.3)
    assert untimed(fit(loop(tmp_path / "pieces", again, choose=choose, **stretch))) == rows
    assert same(state(again), end), "a finished training is read"


@pytest.mark.parametrize("name", ["best.safetensors", "snapshot.safetensors", "state.safetensors", "record"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, after: bool) -> None:
    from tombola.files import write_bytes

    stretch: dict[str, Any] = {"start": 1, "snapshot": 5, "choose": "loss"}
    written: dict[str, Any] = {}
    rows, end, snapshot, _ = whole_and(tmp_path, record=lambda got: written.update(whole=json.dumps(got)), **stretch)
    kills = count = 0

    def strike(kind: str, work: Callable[[], None]) -> None:
        nonlocal count
        count += kind == name
        is_last = kind == name and count == kills + 1
        if is_last and not after:
            raise StopError
        work()
        if is_last:
            raise StopError

    monkeypatch.setattr(
        "tombola.training.checkpoint.write_bytes",
        lambda path, content: strike(path.name, lambda: write_bytes(path, content)),
    )
    for kills in range(30):
        count, folder, model = 0, tmp_path / f"pieces {kills}", network(0.3)
        for _ in range(2):

            def record(got: list[dict[str, Any]]) -> None:
                strike("record", lambda: written.update(pieces=json.dumps(got)))

            try:
                fitted = fit(loop(folder, model, record=record, **stretch))
                break
            except StopError:
                model = network(0.3)
        assert untimed(fitted) == rows
        assert same(state(model), end)
        assert same(read(folder, "snapshot"), snapshot)
        assert [row["step"] for row in json.loads(written["pieces"])] == [row["step"] for row in rows]
        if count <= kills:
            break
    assert kills >= (1 if name == "snapshot.safetensors" else 2), "every write had its turn"


def test_finished_checkpoints_hold_no_optimiser_and_others_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    seen: list[tuple[int, bool]] = []
    real = checkpoint.save_checkpoint

    def save(path: Path, model: nn.Module, optimizer: Any, position: Any, *finished: bool) -> None:
        real(path, model, optimizer, position, *finished)
        steps = position.epoch * PER_EPOCH + position.batch
        seen.append((steps, any(name.startswith("optimizer/") for name in load_file(path))))

    monkeypatch.setattr(stretches, "save_checkpoint", save)
    fit(loop(tmp_path, network(), stop=11))
    assert seen == [(step, step < 11) for step in range(1, 12)]
    assert not any(name.startswith("optimizer/") for name in load_file(tmp_path / "state.safetensors"))


def test_checkpoints_are_no_more_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[int] = []
    monkeypatch.setattr(stretches, "save_checkpoint", lambda *given: saved.append(given[3].epoch * 4 + given[3].batch))
    fit(loop(tmp_path, network(), replace(SETTINGS, evaluate_every="1it"), choose="last", snapshot=6))
    assert saved == [4, 6, 8, 12]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"start": 12}, "test starts at iteration 12: expected one before 12"),
        ({"start": 99}, "test starts at iteration 99: expected one before 12"),
        ({"start": -1}, "test starts at iteration -1"),
        ({"start": 5, "stop": 5}, "test starts at iteration 5: expected one before 5"),
        ({"stop": 0}, "test starts at iteration 0: expected one before 0"),
        ({"snapshot": 13}, "a snapshot at iteration 13: expected 0 to 12, the training's"),
        ({"start": 4, "snapshot": 3}, "a snapshot at iteration 3: expected 4 to 12, the training's"),
        ({"stop": 6, "snapshot": 7}, "a snapshot at iteration 7: expected 0 to 6, the training's"),
        ({"snapshot": -1}, "a snapshot at iteration -1: expected 0 to 12"),
        ({"choose": "lowest"}, "unknown choose 'lowest'.*Known: last, loss, metric"),
    ],
    ids=str,
)
def test_what_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        loop(tmp_path, network(), **changed)


@given(every=st.integers(1, 30), stop=st.none() | st.integers(1, 15), moment=st.none() | st.integers(0, 12))
def test_pauses_are_all_moments_at_which_something_is_due(every: int, stop: int | None, moment: int | None) -> None:
    last = min(stop or STEPS, STEPS)
    moment = None if moment is None else min(moment, last)
    settings = replace(SETTINGS, evaluate_every=f"{every}it")
    planned = loop(Path("unused"), network(), settings, stop=stop, snapshot=moment)
    pauses = [0]
    while pauses[-1] < last:
        pauses.append(planned.next_pause(pauses[-1]))
    due = {step for step in range(1, last + 1) if step % every == 0 or step % PER_EPOCH == 0 or step in (moment, last)}
    assert pauses[1:] == sorted(due)
    rows = [step for step in range(1, last + 1) if planned.is_row(step)]
    assert rows == [step for step in range(1, last + 1) if step % every == 0 or step == last]
    assert set(rows) <= due


def test_progress_counts_from_the_start(tmp_path: Path) -> None:
    class Listener(Progress):
        begun: tuple[str, int, int] | None = None
        rows: list[int]

        def __init__(self) -> None:
            self.rows = []

        def begin(self, name: str, steps: int, done: int) -> None:
            self.begun = (name, steps, done)

        def epoch(self, row: dict[str, Any]) -> None:
            self.rows.append(row["step"])

    listener = Listener()
    fit(loop(tmp_path, network(), start=5, stop=11, progress=listener))
    assert listener.begun == ("test", 11, 5)
    assert listener.rows == [6, 9, 11]


def test_the_network_given_is_where_a_stretch_begins(tmp_path: Path) -> None:
    model = network()
    begun = copy.deepcopy(model)
    fit(loop(tmp_path, model, start=3, snapshot=3))
    assert same(read(tmp_path, "snapshot"), state(begun))
    assert not same(state(model), state(begun))
