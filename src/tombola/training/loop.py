"""One training as a value: what is trained, on what, how, and what is left at the end."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from tombola.data import DataSet, Split
from tombola.errors import UsageError
from tombola.training.checkpoint import Position
from tombola.training.progress import Progress
from tombola.training.settings import Training
from tombola.training.tasks import Task

if TYPE_CHECKING:
    from lightning_fabric import Fabric


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

    @property
    def total_steps(self) -> int:
        """Steps of the whole training."""
        return self.training.epochs * self.per_epoch

    @property
    def state_file(self) -> Path:
        """The checkpoint to go on from."""
        return self.folder / "state.safetensors"

    @property
    def best_file(self) -> Path:
        """The network of the best epoch so far."""
        return self.folder / "best.safetensors"

    def steps_at(self, position: Position) -> int:
        """Steps done at a position."""
        return position.epoch * self.per_epoch + position.batch
