"""One training as a value: what is trained, on what, how, and what is left at the end."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from tombola.data import DataSet, Examples
from tombola.errors import UsageError, unknown_name
from tombola.training.checkpoint import BEST, SNAPSHOT, STATE, Position
from tombola.training.progress import Progress
from tombola.training.settings import Training
from tombola.training.step import Step
from tombola.training.tasks import Task

if TYPE_CHECKING:
    from lightning_fabric import Fabric


CHOICES = ("metric", "loss", "last")


@dataclass(frozen=True)
class Fitted:
    """What a training leaves besides the network itself, which holds the chosen row's values.

    Args:
        history: one row an evaluation.
        chosen: index of the row that was chosen.
        train_seconds: spent in steps, over all processes that worked on it.
        step_seconds: the same, a step.
        resumed_seconds: of them, spent before this process began.
    """

    history: tuple[dict[str, Any], ...]
    chosen: int
    train_seconds: float
    step_seconds: float
    resumed_seconds: float

    @property
    def chosen_row(self) -> dict[str, Any]:
        """The row that was chosen."""
        return self.history[self.chosen]


@dataclass(frozen=True)
class Loop:
    """One training: what is trained, on what, how, from where to where, and where its checkpoints go.

    Args:
        name: of this training, as progress shows it.
        network: on any device; its parameters that require gradients are trained.
        data: already split; the held-out figures are those of its validation split, or of the
            test split where it has none.
        choose: which row's values the network ends with: `metric`, the best held-out metric (then
            the lower loss, then the earlier); `loss`, the lowest held-out loss, which is the
            early-stop iteration of the lottery-ticket papers; `last`.
        start: iterations that lie behind the network already: order and schedule go on from there.
        stop: iteration to stop at, before the end of the settings' epochs.
        snapshot: iteration whose network is kept in `snapshot_file`.
        folder: of the checkpoints.
        seed: of order, augmentation and dropout.
        check: called at each evaluation, before its checkpoint; may raise.
        record: called with all rows so far before each checkpoint.
    """

    name: str
    network: nn.Module
    data: DataSet
    task: Task
    training: Training
    fabric: "Fabric"
    folder: Path
    seed: int
    choose: str = "metric"
    start: int = 0
    stop: int | None = None
    snapshot: int | None = None
    progress: Progress = field(default_factory=Progress)
    facts: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[], None] | None = None
    record: Callable[[list[dict[str, Any]]], None] | None = None

    def __post_init__(self) -> None:
        if self.choose not in CHOICES:
            raise unknown_name("choose", self.choose, CHOICES)
        if not 0 <= self.start < self.last_step:
            raise UsageError(f"{self.name} starts at iteration {self.start}: expected one before {self.last_step}")
        if self.snapshot is not None and not self.start <= self.snapshot <= self.last_step:
            raise UsageError(
                f"a snapshot at iteration {self.snapshot}: expected {self.start} to {self.last_step}, the training's"
            )

    @property
    def held_out(self) -> tuple[str, Examples]:
        """Name and split that each row is evaluated on."""
        if self.data.validation is not None:
            return "validation", self.data.validation
        if self.data.test is not None:
            return "test", self.data.test
        raise UsageError(f"{self.data.name} has neither validation nor test examples: expected one of them")

    @property
    def per_epoch(self) -> int:
        """Steps an epoch."""
        return math.ceil(len(self.data.train) / self.training.batch_size)

    @property
    def last_step(self) -> int:
        """The iteration at which the training ends."""
        whole = self.training.epochs * self.per_epoch
        return whole if self.stop is None else min(self.stop, whole)

    @property
    def evaluate_every(self) -> int:
        """Iterations between two rows."""
        return max(1, Step.parse(self.training.evaluate_every).iterations(self.per_epoch))

    def next_pause(self, done: int) -> int:
        """The next iteration at which something else than a step is due: a row, the snapshot, an epoch's end."""
        epoch_end = (done // self.per_epoch + 1) * self.per_epoch
        row = (done // self.evaluate_every + 1) * self.evaluate_every
        snapshot = [self.snapshot] if self.snapshot is not None and self.snapshot > done else []
        return min(epoch_end, row, self.last_step, *snapshot)

    def is_row(self, done: int) -> bool:
        """Whether the network is evaluated at this iteration."""
        return done % self.evaluate_every == 0 or done == self.last_step

    @property
    def state_file(self) -> Path:
        """The checkpoint to go on from."""
        return self.folder / STATE

    @property
    def best_file(self) -> Path:
        """The network of the best row so far."""
        return self.folder / BEST

    @property
    def snapshot_file(self) -> Path:
        """The network at the iteration `snapshot`."""
        return self.folder / SNAPSHOT

    def steps_at(self, position: Position) -> int:
        """Iterations done at a position."""
        return position.epoch * self.per_epoch + position.batch
