"""Steps between two pauses of a training, and checkpoints among them where the way is long."""

import time
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from tombola.data import batches
from tombola.training.checkpoint import Position, save_checkpoint
from tombola.training.divergence import settle
from tombola.training.loop import Loop

SECONDS_BETWEEN_CHECKPOINTS = 30.0
STEPS_BETWEEN_LOSS_CHECKS = 50


class Keeper:
    """Writes a training's checkpoints, and knows when the next is due."""

    def __init__(self, loop: Loop, optimizer: torch.optim.Optimizer) -> None:
        self._loop, self._optimizer = loop, optimizer
        self._saved = time.perf_counter()

    def is_due(self) -> bool:
        """Whether so much time has passed that the work since the last checkpoint should not be lost."""
        return time.perf_counter() - self._saved > SECONDS_BETWEEN_CHECKPOINTS

    def save(self, position: Position) -> None:
        """Write a checkpoint now."""
        loop = self._loop
        finished = loop.steps_at(position) == loop.last_step
        save_checkpoint(loop.state_file, loop.network, self._optimizer, position, finished)
        self._saved = time.perf_counter()


def train_until(
    loop: Loop, network: Any, optimizer: torch.optim.Optimizer, keeper: Keeper, position: Position, step: int
) -> None:
    """Train from `position` to an iteration of the same epoch; the position moves along."""
    split = loop.data.train.to(loop.fabric.device)
    pending: list[Tensor] = []
    began = time.perf_counter()
    stream = batches(
        split,
        loop.training.batch_size,
        loop.data.preparation,
        seed=loop.seed,
        epoch=position.epoch,
        first=position.batch,
    )
    for inputs, targets in islice(stream, step - loop.steps_at(position)):
        pending.append(train_step(loop, network, optimizer, inputs, targets))
        position.batch += 1
        position.examples += len(targets)
        # At the pause itself there is more to do before a checkpoint.
        is_saving = loop.steps_at(position) < step and keeper.is_due()
        if is_saving or len(pending) == STEPS_BETWEEN_LOSS_CHECKS or loop.progress.is_due():
            settle(loop, position, pending)
        if is_saving:
            position.train_seconds += time.perf_counter() - began
            keeper.save(position)
            began = time.perf_counter()
    settle(loop, position, pending)
    position.train_seconds += time.perf_counter() - began


def train_step(loop: Loop, network: Any, optimizer: torch.optim.Optimizer, inputs: Tensor, targets: Tensor) -> Tensor:
    """One optimiser step on one batch; returns the batch's summed loss and metric, float64, on the device."""
    optimizer.zero_grad()
    outputs = network(inputs)
    loss = loop.task.loss(outputs, targets)
    loop.fabric.backward(loss)
    if loop.training.clip_norm is not None:
        # Gradients that are not finite pass: the loss they come from, or lead to, is reported.
        loop.fabric.clip_gradients(network, optimizer, max_norm=loop.training.clip_norm, error_if_nonfinite=False)
    optimizer.step()
    with torch.no_grad():
        return loop.task.sums(outputs, targets, loss)
