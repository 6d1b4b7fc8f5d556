"""The whole of a training: from the last checkpoint to the chosen epoch, resumable to the bit."""

import math
from typing import Any

import torch
from torch import nn

from tombola.errors import UsageError
from tombola.training.checkpoint import Position, load_checkpoint, load_network, save_checkpoint, save_network
from tombola.training.divergence import diverged
from tombola.training.epoch import train_epoch
from tombola.training.evaluate import evaluate
from tombola.training.loop import Fitted, Loop
from tombola.training.optimizers import make_optimizer
from tombola.training.seeds import derive


def fit(loop: Loop) -> Fitted:
    """Train, from the last checkpoint if there is one; the network ends with the chosen epoch's values.

    Raises:
        DivergedError: where the loss becomes NaN or infinite; the last good checkpoint stays.
        UsageError: where batch normalisation would meet a batch of one.
        RunFolderError: where a checkpoint cannot be written or read.
    """
    _check_last_batch(loop)
    if loop.data.train.inputs.dim() == 4:
        loop.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    network, optimizer = loop.fabric.setup(loop.network, make_optimizer(loop.network.parameters(), loop.training))
    with torch.random.fork_rng():
        torch.manual_seed(derive(loop.seed, "dropout"))
        position = Position()
        if loop.state_file.exists():
            position = load_checkpoint(loop.state_file, loop.network, optimizer)
        resumed_seconds = position.train_seconds
        loop.progress.begin(loop.name, loop.total_steps, loop.steps_at(position))
        while position.epoch < loop.training.epochs:
            _epoch(loop, network, optimizer, position)
    if loop.choose_best:
        load_network(loop.best_file, loop.network)
    chosen = position.chosen_epoch if loop.choose_best else loop.training.epochs
    seconds = position.train_seconds
    return Fitted(tuple(position.history), chosen, seconds, seconds / loop.total_steps, resumed_seconds)


def _epoch(loop: Loop, network: Any, optimizer: torch.optim.Optimizer, position: Position) -> None:
    network.train()
    lr = loop.training.lr_at(position.epoch)
    for group in optimizer.param_groups:
        group["lr"] = lr
    train_epoch(loop, network, optimizer, position)
    name, split = loop.held_out
    scores = evaluate(network, split.to(loop.fabric.device), loop.data.preparation, loop.task)
    metric = loop.task.metric.name
    for what, value in (("loss", scores.loss), (metric, scores.metric)):
        if not math.isfinite(value):
            diverged(loop, position, f"the {name} {what} became {value}")
    row = {
        "epoch": position.epoch + 1,
        "step": (position.epoch + 1) * loop.per_epoch,
        "lr": lr,
        "train_loss": position.loss_sum / position.examples,
        f"train_{metric}": position.metric_sum / position.examples,
        f"{name}_loss": scores.loss,
        f"{name}_{metric}": scores.metric,
        "seconds": position.train_seconds,
    }
    if loop.after_epoch:
        loop.after_epoch()
    _close_epoch(loop, optimizer, position, row, scores.metric, scores.loss)


def _close_epoch(
    loop: Loop, optimizer: torch.optim.Optimizer, position: Position, row: dict[str, Any], value: float, loss: float
) -> None:
    # The better metric wins, then the lower loss, then the earlier epoch.
    key = [value if loop.task.metric.higher_is_better else -value, -loss]
    position.history.append(row)
    position.epoch, position.batch, position.examples = position.epoch + 1, 0, 0
    position.loss_sum = position.metric_sum = 0.0
    if position.chosen_key is None or key > position.chosen_key:
        position.chosen_epoch, position.chosen_key = position.epoch, key
        if loop.choose_best:
            save_network(loop.best_file, loop.network)
    if loop.record:  # before the checkpoint: an epoch that is not repeated has its row
        loop.record(position.history)
    save_checkpoint(loop.state_file, loop.network, optimizer, position)
    loop.progress.epoch(row)


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
