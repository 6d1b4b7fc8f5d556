"""The loop: minimise a task's loss over a data set, resumable to the bit."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import torch
from torch import Tensor, nn

from tombola.data import DataSet, Split, batches
from tombola.errors import DivergedError, UsageError
from tombola.training.checkpoint import Position, load_checkpoint, load_network, save_checkpoint, save_network
from tombola.training.evaluate import evaluate
from tombola.training.optimizers import make_optimizer
from tombola.training.progress import Progress
from tombola.training.seeds import derive
from tombola.training.settings import Training
from tombola.training.tasks import Task

if TYPE_CHECKING:
    from lightning_fabric import Fabric

SECONDS_BETWEEN_CHECKPOINTS = 30.0
STEPS_BETWEEN_LOSS_CHECKS = 50


@dataclass(frozen=True)
class Fitted:
    """What a training leaves besides the network itself, which holds the chosen epoch's values."""

    history: tuple[dict[str, Any], ...]
    chosen_epoch: int
    train_seconds: float
    step_seconds: float
    resumed_seconds: float


@dataclass(frozen=True)
class Loop:
    """One training: what is trained, on what, how, and where its checkpoints go.

    Args:
        name: of this training, as progress shows it.
        network: on any device; its parameters that require gradients are trained.
        data: already split; each epoch is evaluated on its validation split, or on the test
            split where it has none.
        choose_best: take the epoch with the best held-out metric; else the last.
        folder: of the checkpoints.
        seed: of order, augmentation and dropout.
        after_epoch: called before an epoch's checkpoint; may raise.
        record: called with all rows so far after each epoch.
    """

    name: str
    network: nn.Module
    data: DataSet
    task: Task
    training: Training
    fabric: "Fabric"
    folder: Path
    seed: int
    choose_best: bool = True
    progress: Progress = field(default_factory=Progress)
    facts: Mapping[str, str] = field(default_factory=dict)
    after_epoch: Callable[[], None] | None = None
    record: Callable[[list[dict[str, Any]]], None] | None = None

    @property
    def held_out(self) -> tuple[str, Split]:
        """Name and split that each epoch is evaluated on."""
        if self.data.validation is not None:
            return "validation", self.data.validation
        if self.data.test is not None:
            return "test", self.data.test
        raise UsageError(f"{self.data.name} has neither validation nor test examples: expected one of them")

    @property
    def per_epoch(self) -> int:
        """Steps an epoch."""
        return math.ceil(len(self.data.train) / self.training.batch_size)


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
        state = loop.folder / "state.safetensors"
        position = load_checkpoint(state, loop.network, optimizer) if state.exists() else Position()
        resumed_seconds = position.train_seconds
        loop.progress.begin(loop.name, loop.training.epochs * loop.per_epoch, _steps(loop, position))
        while position.epoch < loop.training.epochs:
            _epoch(loop, network, optimizer, position)
    if loop.choose_best:
        load_network(loop.folder / "best.safetensors", loop.network)
    steps = loop.training.epochs * loop.per_epoch
    chosen = position.chosen_epoch if loop.choose_best else loop.training.epochs
    return Fitted(
        tuple(position.history), chosen, position.train_seconds, position.train_seconds / steps, resumed_seconds
    )


def _epoch(loop: Loop, network: Any, optimizer: torch.optim.Optimizer, position: Position) -> None:
    network.train()
    lr = loop.training.lr_at(position.epoch)
    for group in optimizer.param_groups:
        group["lr"] = lr
    _train(loop, network, optimizer, position)
    name, split = loop.held_out
    scores = evaluate(network, split.to(loop.fabric.device), loop.data.preparation, loop.task)
    metric = loop.task.metric.name
    for what, value in (("loss", scores.loss), (metric, scores.metric)):
        if not math.isfinite(value):
            _diverged(loop, position, f"the {name} {what} became {value}")
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
            save_network(loop.folder / "best.safetensors", loop.network)
    if loop.record:  # before the checkpoint: an epoch that is not repeated has its row
        loop.record(position.history)
    save_checkpoint(loop.folder / "state.safetensors", loop.network, optimizer, position)
    loop.progress.epoch(row)


def _train(loop: Loop, network: Any, optimizer: torch.optim.Optimizer, position: Position) -> None:
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
            _settle(loop, position, pending)
        if is_saving:
            position.train_seconds += now - began
            save_checkpoint(loop.folder / "state.safetensors", loop.network, optimizer, position)
            began = saved = time.perf_counter()
    _settle(loop, position, pending)
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


def _settle(loop: Loop, position: Position, pending: list[Tensor]) -> None:
    # Reading a loss makes the host wait for the device, so losses are read many at a time.
    if not pending:
        return
    sums = torch.stack(pending).cpu()
    if not bool(sums[:, 0].isfinite().all()):
        first = int((~sums[:, 0].isfinite()).nonzero()[0])
        _diverged(loop, position, f"the loss became {float(sums[first, 0])}", len(pending) - first - 1)
    if not _all_finite(loop.network):
        _diverged(loop, position, "what is trained became NaN or infinite")
    pending.clear()
    for loss, metric in sums.tolist():
        position.loss_sum += loss
        position.metric_sum += metric
    facts = {"loss": f"{position.loss_sum / position.examples:.4f}"}
    facts[loop.task.metric.name] = f"{position.metric_sum / position.examples:.4f}"
    loop.progress.advance(_steps(loop, position), facts | dict(loop.facts))


def _all_finite(network: nn.Module) -> bool:
    # Scores that overflow need not show in the loss: the mask is still made of some order of them.
    trained = [parameter.detach() for parameter in network.parameters() if parameter.requires_grad]
    return all(bool(torch.stack(torch.aminmax(values)).isfinite().all()) for values in trained if values.numel())


def _diverged(loop: Loop, position: Position, what: str, steps_ago: int = 0) -> NoReturn:
    step, lr = _steps(loop, position) - steps_ago, loop.training.lr_at(position.epoch)
    kept = "the last good checkpoint is kept" if (loop.folder / "state.safetensors").exists() else "nothing was saved"
    raise DivergedError(
        f"{what} at step {step} (epoch {position.epoch + 1}) with learning rate {lr:g}: "
        f"try a smaller one, such as {loop.training.lr / 10:g}; {kept}"
    )


def _steps(loop: Loop, position: Position) -> int:
    return position.epoch * loop.per_epoch + position.batch


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
