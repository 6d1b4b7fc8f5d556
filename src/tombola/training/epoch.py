"""The inside of an epoch: steps, and checkpoints between them where an epoch is long."""

import time
from typing import Any

import torch
from torch import Tensor

from tombola.data import batches
from tombola.training.checkpoint import Position, save_checkpoint
from tombola.training.divergence import settle
from tombola.training.loop import Loop

SECONDS_BETWEEN_CHECKPOINTS = 30.0
STEPS_BETWEEN_LOSS_CHECKS = 50


def train_epoch(loop: Loop, network: Any, optimizer: torch.optim.Optimizer, position: Position) -> None:
    """Train from `position` to the end of its epoch; the position moves along."""
    split = loop.data.train.to(loop.fabric.device)
    pending: list[Tensor] = []
    began = saved = time.perf_counter()
    stream = batches(
        split,
        loop.training.batch_size,
        loop.data.preparation,
        seed=loop.seed,
        epoch=position.epoch,
        first=position.batch,
    )
    for inputs, targets in stream:
        pending.append(train_step(loop, network, optimizer, inputs, targets))
        position.batch += 1
        position.examples += len(targets)
        now = time.perf_counter()
        is_saving = now - saved > SECONDS_BETWEEN_CHECKPOINTS
        if is_saving or len(pending) == STEPS_BETWEEN_LOSS_CHECKS or loop.progress.is_due():
            settle(loop, position, pending)
        if is_saving:
            position.train_seconds += now - began
            save_checkpoint(loop.state_file, loop.network, optimizer, position)
            began = saved = time.perf_counter()
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
