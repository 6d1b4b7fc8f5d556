"""The whole of a training: from the last checkpoint to the chosen epoch, resumable to the bit."""

import math
from typing import Any

import torch
from torch import nn

from tombola.errors import UsageError
from tombola.training.checkpoint import Position, load_checkpoint, load_network, save_network
from tombola.training.divergence import diverged
from tombola.training.epoch import Keeper, train_until
from tombola.training.evaluate import evaluate
from tombola.training.loop import Fitted, Loop
from tombola.training.optimizers import make_optimizer
from tombola.training.seeds import derive


def fit(loop: Loop) -> Fitted:
    """Train, from the last checkpoint if there is one; the network ends with the chosen row's values.

    Raises:
        DivergedError: where the loss becomes NaN or infinite; the last good checkpoint stays.
        UsageError: where batch normalisation would meet a batch of one.
        RunFolderError: where a checkpoint cannot be written or read.
    """
    _check_last_batch(loop)
    if len(loop.data.train.shape) == 3:
        loop.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network, optimizer = loop.fabric.setup(loop.network, make_optimizer(loop.network.parameters(), loop.training))
    with torch.random.fork_rng():
        torch.manual_seed(derive(loop.seed, "dropout"))
        keeper, position = Keeper(loop, optimizer), _first_position(loop, optimizer)
        resumed_seconds = position.train_seconds
        loop.progress.begin(loop.name, loop.last_step, loop.steps_at(position))
        while loop.steps_at(position) < loop.last_step:
            _stretch(loop, network, optimizer, keeper, position)
    if loop.choose != "last":
        load_network(loop.best_file, loop.network)
    seconds = position.train_seconds
    step_seconds = seconds / (loop.last_step - loop.start)
    return Fitted(tuple(position.history), position.chosen, seconds, step_seconds, resumed_seconds)


def _first_position(loop: Loop, optimizer: torch.optim.Optimizer) -> Position:
    if loop.state_file.exists():
        return load_checkpoint(loop.state_file, loop.network, optimizer)
    epoch, batch = divmod(loop.start, loop.per_epoch)
    if loop.snapshot == loop.start:
        save_network(loop.snapshot_file, loop.network)
    return Position(epoch, batch)


def _stretch(loop: Loop, network: Any, optimizer: torch.optim.Optimizer, keeper: Keeper, position: Position) -> None:
    """Train to the next pause, and do what is due there."""
    network.train()
    lr = loop.training.lr_at(position.epoch)
    for group in optimizer.param_groups:
        group["lr"] = lr
    pause = loop.next_pause(loop.steps_at(position))
    train_until(loop, network, optimizer, keeper, position, pause)
    row = _row(loop, position, lr) if loop.is_row(pause) else None
    if position.batch == loop.per_epoch:
        position.epoch, position.batch = position.epoch + 1, 0
    if loop.snapshot == pause:
        save_network(loop.snapshot_file, loop.network)
    if row is not None:
        _keep_row(loop, position, row)
    # Rows may come every few iterations: what is between the checkpoints is made again after a kill.
    if position.batch == 0 or loop.snapshot == pause or pause == loop.last_step or keeper.is_due():
        if loop.record:  # before the checkpoint: a row that is not made again is recorded
            loop.record(position.history)
        keeper.save(position)
    if row is not None:
        loop.progress.epoch(row)


def _row(loop: Loop, position: Position, lr: float) -> dict[str, Any]:
    name, split = loop.held_out
    scores = evaluate(loop.network, split.to(loop.fabric.device), loop.data.preparation, loop.task)
    metric = loop.task.metric.name
    for what, value in (("loss", scores.loss), (metric, scores.metric)):
        if not math.isfinite(value):
            diverged(loop, position, f"the {name} {what} became {value}")
    if loop.check:
        loop.check()
    step = loop.steps_at(position)
    whole, rest = divmod(step, loop.per_epoch)
    return {
        "epoch": step / loop.per_epoch if rest else whole,
        "step": step,
        "lr": lr,
        "train_loss": position.loss_sum / position.examples,
        f"train_{metric}": position.metric_sum / position.examples,
        f"{name}_loss": scores.loss,
        f"{name}_{metric}": scores.metric,
        "seconds": position.train_seconds,
    }


def _keep_row(loop: Loop, position: Position, row: dict[str, Any]) -> None:
    key = _key(loop, row)
    position.history.append(row)
    position.examples, position.loss_sum, position.metric_sum = 0, 0.0, 0.0
    if position.chosen_key is None or key > position.chosen_key:
        position.chosen, position.chosen_key = len(position.history) - 1, key
        if loop.choose != "last":
            save_network(loop.best_file, loop.network)


def _key(loop: Loop, row: dict[str, Any]) -> list[float]:
    """What makes a row better than another: the higher list; of equal ones the earlier is taken."""
    name, _ = loop.held_out
    loss, metric = row[f"{name}_loss"], row[f"{name}_{loop.task.metric.name}"]
    better = metric if loop.task.metric.higher_is_better else -metric
    return {"metric": [better, -loss], "loss": [-loss], "last": [float(row["step"])]}[loop.choose]


def _check_last_batch(loop: Loop) -> None:
    examples, size = len(loop.data.train), loop.training.batch_size
    last = examples % size or size
    has_norm = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in loop.network.modules())
    if last == 1 and has_norm:
        if examples == 1:
            raise UsageError("batch normalisation cannot train on 1 training example: expected at least 2")
        better = next(other for other in range(size + 1, examples + 1) if examples % other != 1)
        raise UsageError(
            f"{examples} training examples in batches of {size} leave a last batch of one, which batch normalisation "
            f"cannot train on: choose another batch size, such as {better}"
        )
