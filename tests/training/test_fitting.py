"""The loop against a plain one, and what it promises about epochs, kills, seeds and divergence."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tombola.data import DataSet, Preparation, Split, batch_order, load
from tombola.errors import DivergedError, RunFolderError, UsageError
from tombola.training import (
    Fitted,
    Loop,
    Metric,
    Progress,
    Scores,
    Training,
    derive,
    fit,
    fitting,
    make_fabric,
    make_task,
)
from tombola.training import epoch as epochs

SETTINGS = Training(epochs=3, batch_size=8, precision="32", lr=0.05)


def data(train: int = 29, validation: int = 12) -> DataSet:
    generator = torch.Generator().manual_seed(5)

    def split(count: int) -> tuple[Tensor, Tensor]:
        inputs = torch.randn(count, 4, generator=generator)
        return inputs, (inputs.sum(1) > 0).long()

    return load((split(train), split(validation)))


def network(*extra: nn.Module) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 8), *extra, nn.ReLU(), nn.Linear(8, 2))


def loop(folder: Path, model: nn.Module, settings: Training = SETTINGS, **changed: Any) -> Loop:
    task = make_task(None, None, classes=2, label_smoothing=settings.label_smoothing)
    chosen: dict[str, Any] = {"data": data(), "task": task, "seed": 0} | changed
    fabric = make_fabric(settings.precision)
    return Loop(name="test", network=model, training=settings, fabric=fabric, folder=folder, **chosen)


def state(model: nn.Module) -> list[Tensor]:
    return [value.clone() for value in model.state_dict().values()]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def untimed(fitted: Fitted) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "seconds"} for row in fitted.history]


def test_it_is_the_plain_loop(tmp_path: Path) -> None:
    settings = replace(SETTINGS, label_smoothing=0.1, weight_decay=0.01)
    model, examples = network(), data()
    plain = copy.deepcopy(model)
    fitted = fit(loop(tmp_path, model, settings, choose="last"))

    optimizer = torch.optim.SGD(plain.parameters(), lr=0.05, momentum=0.9, weight_decay=0.01)
    rows = []
    for epoch in range(3):
        rate = 0.05 * [1.0, 0.75, 0.25][epoch]
        optimizer.param_groups[0]["lr"] = rate
        losses, hits = 0.0, 0
        for chosen in batch_order(29, seed=0, epoch=epoch).split(8):
            inputs, targets = examples.train.inputs[chosen], examples.train.targets[chosen]
            optimizer.zero_grad()
            outputs = plain(inputs)
            loss = F.cross_entropy(outputs, targets, label_smoothing=0.1)
            loss.backward()
            optimizer.step()
            losses += loss.item() * len(chosen)
            hits += int((outputs.argmax(1) == targets).sum())
        assert examples.validation is not None
        with torch.no_grad():
            outputs = plain(examples.validation.inputs)
        held_out = examples.validation.targets
        rows.append(
            {
                "epoch": epoch + 1,
                "step": 4 * (epoch + 1),
                "lr": pytest.approx(rate),
                "train_loss": pytest.approx(losses / 29),
                "train_accuracy": hits / 29,
                "validation_loss": pytest.approx(float(F.cross_entropy(outputs, held_out, label_smoothing=0.1))),
                "validation_accuracy": float((outputs.argmax(1) == held_out).double().mean()),
            }
        )
    assert untimed(fitted) == rows
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(state(model), state(plain), strict=True))
    assert fitted.chosen_row["epoch"] == 3
    assert fitted.step_seconds == fitted.train_seconds / 12


@pytest.mark.parametrize(
    ("higher", "figures", "chosen"),
    [
        (True, [(0.5, 1.0), (0.7, 2.0), (0.7, 1.5), (0.7, 1.5), (0.6, 0.1)], 3),
        (False, [(0.5, 1.0), (0.2, 9.0), (0.2, 3.0), (0.2, 3.0), (0.4, 0.1)], 3),
        (True, [(0.1, 1.0), (0.1, 1.0), (0.1, 1.0), (0.1, 1.0), (0.1, 1.0)], 1),
        (True, [(0.1, 1.0), (0.2, 1.0), (0.3, 1.0), (0.4, 1.0), (0.5, 1.0)], 5),
    ],
    ids=["highest", "lowest", "earliest", "last"],
)
def test_the_best_metric_then_the_lower_loss_then_the_earlier_epoch(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    higher: bool,
    figures: list[tuple[float, float]],
    chosen: int,
) -> None:
    scripted = iter(figures)

    def evaluated(*_: Any) -> Scores:
        metric, loss = next(scripted)
        return Scores(loss, metric)

    monkeypatch.setattr(fitting, "evaluate", evaluated)
    task = make_task(None, Metric("m", lambda o, _: o.sum(1), higher_is_better=higher), classes=2)
    model, ends = network(), list[list[Tensor]]()
    settings = replace(SETTINGS, epochs=5)
    fitted = fit(loop(tmp_path, model, settings, task=task, check=lambda: ends.append(state(model))))
    assert fitted.chosen_row["epoch"] == chosen
    assert same(state(model), ends[chosen - 1])
    assert sum(same(state(model), end) for end in ends) == 1


def test_without_a_choice_the_last_epoch_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures = iter([(0.9, 0.1), (0.5, 1.0), (0.1, 9.0)])
    monkeypatch.setattr(fitting, "evaluate", lambda *_: Scores(*reversed(next(figures))))
    model, ends = network(), list[list[Tensor]]()
    fitted = fit(loop(tmp_path, model, choose="last", check=lambda: ends.append(state(model))))
    assert fitted.chosen_row["epoch"] == 3
    assert same(state(model), ends[2])
    assert not (tmp_path / "best.safetensors").exists()


def test_each_epoch_is_evaluated_on_validation_and_else_on_test(tmp_path: Path) -> None:
    both = data()
    assert both.validation is not None
    with_test = replace(both, test=Split(both.validation.inputs, 1 - both.validation.targets))
    row = fit(loop(tmp_path / "a", network(), data=with_test)).history[-1]
    assert {key for key in row if key.startswith(("validation", "test"))} == {"validation_loss", "validation_accuracy"}
    row = fit(loop(tmp_path / "b", network(), data=replace(with_test, validation=None))).history[-1]
    assert {key for key in row if key.startswith(("validation", "test"))} == {"test_loss", "test_accuracy"}
    with pytest.raises(UsageError, match="has neither validation nor test examples"):
        fit(loop(tmp_path / "c", network(), data=replace(both, validation=None)))


def test_clipping_bounds_the_step(tmp_path: Path) -> None:
    plain = Training(epochs=1, batch_size=29, precision="32", lr=1.0, momentum=0.0, weight_decay=0.0)
    lengths, directions = [], []
    for clip_norm in (None, 0.01, 1e6):
        model = network()
        begun = torch.cat([value.flatten() for value in state(model)])
        fit(loop(tmp_path / str(clip_norm), model, replace(plain, clip_norm=clip_norm), choose="last"))
        step = torch.cat([value.flatten() for value in state(model)]) - begun
        lengths.append(float(step.norm()))
        directions.append(step / step.norm())
    assert lengths[0] > 0.05
    assert lengths[1] == pytest.approx(0.01, rel=1e-3)
    assert lengths[2] == pytest.approx(lengths[0], rel=1e-5)
    assert torch.allclose(directions[0], directions[1], atol=1e-3)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_same_seed_same_bits_other_seed_other_bits(tmp_path: Path, momentum: float) -> None:
    ends = []
    for run, seed in enumerate((0, 0, 1)):
        model = network(nn.Dropout(0.5))
        torch.manual_seed(run)  # the user's generator has no say
        fit(loop(tmp_path / str(run), model, replace(SETTINGS, momentum=momentum), seed=seed))
        ends.append(state(model))
    assert same(ends[0], ends[1])
    assert not same(ends[0], ends[2])


def test_the_users_generator_is_left_alone(tmp_path: Path) -> None:
    model = network(nn.Dropout(0.5))
    before = torch.get_rng_state()
    fit(loop(tmp_path, model))
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_draws_from_a_stream_of_its_own(tmp_path: Path) -> None:
    seen: list[Tensor] = []
    model = network(nn.Dropout(0.5))
    model[1].register_forward_hook(lambda module, _, out: seen.append(out) if module.training else None)  # type: ignore[index]
    fit(loop(tmp_path, model, replace(SETTINGS, epochs=1)))
    torch.manual_seed(derive(0, "dropout"))
    assert torch.equal(seen[0] != 0, torch.nn.functional.dropout(torch.ones(8, 8), 0.5) != 0)


class StopError(Exception):
    """A kill that can be caught: what is on disk stays, nothing else does."""


class Killer(Progress):
    """Stops the training after so many steps; says that it is due each time."""

    def __init__(self, after: int) -> None:
        self.after = after

    def is_due(self) -> bool:
        return True

    def advance(self, done: int, facts: dict[str, str]) -> None:
        if done >= self.after:
            raise StopError


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("precision", ["32", "bf16-mixed"])
def test_killed_after_every_step_it_ends_as_if_never_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimizer: str, precision: str
) -> None:
    monkeypatch.setattr(epochs, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)  # after every step
    settings = replace(SETTINGS, optimizer=optimizer, precision=precision, clip_norm=1.0)

    def model() -> nn.Module:
        return network(nn.BatchNorm1d(8), nn.Dropout(0.3))

    whole = model()
    undisturbed = fit(loop(tmp_path / "whole", whole, settings))
    for step in range(1, 12):
        pieces = model()
        with pytest.raises(StopError):
            fit(loop(tmp_path / "pieces", pieces, settings, progress=Killer(step)))
    rows: list[Any] = []
    pieces = model()
    resumed = fit(loop(tmp_path / "pieces", pieces, settings, record=rows.extend))
    assert untimed(resumed) == untimed(undisturbed)
    assert resumed.chosen == undisturbed.chosen
    assert same(state(pieces), state(whole))
    again = model()
    assert untimed(fit(loop(tmp_path / "pieces", again, settings))) == untimed(undisturbed)
    assert same(state(again), state(whole)), "a finished training is read"


def test_augmentation_is_taken_up_in_the_middle_of_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (29, 2, 6, 6), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 2, (29,), generator=generator)
    examples = replace(load(((images, labels), (images, labels))), preparation=Preparation(crop_padding=2, flip=True))

    def model() -> nn.Module:
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))

    whole, pieces, plain = model(), model(), model()
    fit(loop(tmp_path / "whole", whole, data=examples))
    for step in (2, 3, 7):
        with pytest.raises(StopError):
            fit(loop(tmp_path / "pieces", pieces, data=examples, progress=Killer(step)))
        pieces = model()
    fit(loop(tmp_path / "pieces", pieces, data=examples))
    assert same(state(pieces), state(whole))
    fit(loop(tmp_path / "plain", plain, data=replace(examples, preparation=Preparation())))
    assert not same(state(plain), state(whole)), "augmentation must matter, or this test shows nothing"


@pytest.mark.parametrize("fails", ["best.safetensors", "state.safetensors", "record"])
@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_killed_between_two_writes_at_the_end_of_an_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, epoch: int
) -> None:
    whole = network()
    kept: list[Any] = []
    fitted = fit(loop(tmp_path / "whole", whole, record=lambda rows: kept.append(json.dumps(rows))))
    from tombola.files import write_bytes

    written, count = list[str](), 0

    def failing(path: Path, content: bytes) -> None:
        nonlocal count
        count += path.name == fails
        if path.name == fails and count == epoch:
            raise StopError
        write_bytes(path, content)

    def record(rows: list[dict[str, Any]]) -> None:
        nonlocal count
        count += fails == "record"
        if fails == "record" and count == epoch:
            raise StopError
        written[:] = [json.dumps({key: value for key, value in row.items() if key != "seconds"}) for row in rows]

    monkeypatch.setattr("tombola.training.checkpoint.write_bytes", failing)
    try:
        fit(loop(tmp_path / "pieces", network(), record=record))
    except StopError:
        pass
    else:
        assert fails == "best.safetensors", "not every epoch is a best one"
    monkeypatch.setattr("tombola.training.checkpoint.write_bytes", write_bytes)
    pieces = network()
    resumed = fit(loop(tmp_path / "pieces", pieces, record=record))
    assert same(state(pieces), state(whole))
    assert untimed(resumed) == untimed(fitted)
    assert [json.loads(row) for row in written] == untimed(fitted), "every epoch has its row"


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, pieces = network(), network()
    fit(loop(tmp_path / "whole", whole))
    real, writes = os.fsync, iter([False, False, True, True, True])

    def fsync(descriptor: int) -> None:
        if next(writes):
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(RunFolderError, match=r"cannot write .*: No space left on device; free some space"):
        fit(loop(tmp_path / "pieces", pieces))
    monkeypatch.setattr(os, "fsync", real)
    names = sorted(path.name for path in (tmp_path / "pieces").iterdir())
    assert names == ["best.safetensors", "state.safetensors"]
    pieces = network()
    fit(loop(tmp_path / "pieces", pieces))
    assert same(state(pieces), state(whole))


def broken(step: int, value: float) -> Callable[..., Tensor]:
    """A loss that is `value` from that step on, counted from 1."""
    calls: Iterator[int] = iter(range(1, 10**6))
    return lambda outputs, targets: F.cross_entropy(outputs, targets) + (value if next(calls) >= step else 0.0)


@pytest.mark.parametrize(("step", "value"), [(1, float("nan")), (3, float("inf")), (4, float("nan"))])
def test_a_loss_that_is_no_number_names_step_and_rate(tmp_path: Path, step: int, value: float) -> None:
    task = make_task(broken(step, value), None, classes=2)
    with pytest.raises(
        DivergedError, match=rf"the loss became {value} at step {step} \(epoch 1\) with learning rate"
    ) as e:
        fit(loop(tmp_path, network(), task=task))
    assert "0.05: try a smaller one, such as 0.005; nothing was saved" in str(e.value)
    assert not list(tmp_path.iterdir())


def test_the_last_good_checkpoint_is_kept(tmp_path: Path) -> None:
    model = network()
    ends: list[list[Tensor]] = []
    task = make_task(broken(7, float("nan")), "accuracy", classes=2)

    # Each epoch of 4 steps also evaluates the loss once: the seventh call is step 6, in epoch 2.
    with pytest.raises(DivergedError, match=r"at step 6 \(epoch 2\) .* the last good checkpoint is kept"):
        fit(loop(tmp_path, model, task=task, check=lambda: ends.append(state(model))))
    other = network()
    with pytest.raises(StopError):
        fit(loop(tmp_path, other, progress=Killer(5)))
    model = network()
    resumed = fit(loop(tmp_path, model))
    assert [row["epoch"] for row in resumed.history] == [1, 2, 3]
    assert len(ends) == 1


@pytest.mark.parametrize("where", ["loss", "metric"])
def test_a_validation_figure_that_is_no_number(tmp_path: Path, where: str) -> None:
    def per_example(outputs: Tensor, targets: Tensor) -> Tensor:
        bad = where == "metric" and not torch.is_inference_mode_enabled() and len(targets) == 12
        return torch.full((len(targets),), float("inf") if bad else 1.0)

    def loss(outputs: Tensor, targets: Tensor) -> Tensor:
        bad = where == "loss" and len(targets) == 12  # no training batch has 12 examples
        return F.cross_entropy(outputs, targets) * (float("nan") if bad else 1.0)

    task = make_task(loss, Metric("mine", per_example), classes=2)
    said = "the validation loss became nan" if where == "loss" else "the validation mine became inf"
    with pytest.raises(DivergedError, match=rf"{said} at step 4 \(epoch 1\) with learning rate 0\.05"):
        fit(loop(tmp_path, network(), task=task))


def test_what_is_trained_may_not_overflow_unseen(tmp_path: Path) -> None:
    class Bounded(nn.Module):
        """Its output is finite whatever its parameter is, as a mask of scores is."""

        def __init__(self) -> None:
            super().__init__()
            self.score = nn.Parameter(torch.ones(2))

        def forward(self, x: Tensor) -> Tensor:
            return x[:, :2] + (self.score - self.score.detach()).nan_to_num(0.0)

    settings = replace(SETTINGS, lr=1e30, momentum=0.0, weight_decay=1e9)
    with pytest.raises(DivergedError, match=r"what is trained was found NaN or infinite at step \d+ .*rate 1e\+30"):
        fit(loop(tmp_path, Bounded(), settings))


def test_clipping_lets_a_divergence_be_reported(tmp_path: Path) -> None:
    task = make_task(broken(2, float("nan")), None, classes=2)
    with pytest.raises(DivergedError, match="at step 2"):
        fit(loop(tmp_path, network(), replace(SETTINGS, clip_norm=1.0), task=task))


@pytest.mark.parametrize(("examples", "size"), [(29, 7), (61, 2), (121, 4), (2521, 7), (3, 1)])
def test_a_last_batch_of_one_with_batch_norm(tmp_path: Path, examples: int, size: int) -> None:
    settings = replace(SETTINGS, batch_size=size, epochs=1)
    with pytest.raises(
        UsageError, match=f"{examples} training examples in batches of {size} leave a last batch of one"
    ) as e:
        fit(loop(tmp_path, network(nn.BatchNorm1d(8)), settings, data=data(examples)))
    better = int(str(e.value).rpartition("such as ")[2])
    fit(loop(tmp_path, network(nn.BatchNorm1d(8)), replace(settings, batch_size=better), data=data(examples)))


def test_one_example_with_and_without_batch_norm(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot train on 1 training example: expected at least 2"):
        fit(loop(tmp_path, network(nn.BatchNorm1d(8)), data=data(1)))
    fitted = fit(loop(tmp_path, network(), data=data(1)))
    assert fitted.history[-1]["step"] == 3


def test_a_batch_larger_than_the_data(tmp_path: Path) -> None:
    fitted = fit(loop(tmp_path, network(), replace(SETTINGS, batch_size=10_000)))
    assert [row["step"] for row in fitted.history] == [1, 2, 3]


def test_an_error_of_check_stops_before_the_checkpoint(tmp_path: Path) -> None:
    def stop() -> None:
        raise StopError

    with pytest.raises(StopError):
        fit(loop(tmp_path, network(), check=stop))
    assert not list(tmp_path.iterdir())


def test_progress_hears_of_everything(tmp_path: Path) -> None:
    class Listener(Progress):
        begun: tuple[str, int, int] | None = None
        done: int = 0
        rows: list[dict[str, Any]]

        def __init__(self) -> None:
            self.rows = []

        def begin(self, name: str, steps: int, done: int) -> None:
            self.begun = (name, steps, done)

        def advance(self, done: int, facts: dict[str, str]) -> None:
            assert done > self.done
            assert set(facts) == {"loss", "accuracy", "density"}
            self.done = done

        def epoch(self, row: dict[str, Any]) -> None:
            self.rows.append(row)

    listener = Listener()
    fitted = fit(loop(tmp_path, network(), progress=listener, facts={"density": "0.5"}))
    assert listener.begun == ("test", 12, 0)
    assert listener.done == 12
    assert tuple(listener.rows) == fitted.history
