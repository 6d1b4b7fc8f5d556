"""`Training`: how a network is trained, as a value."""

from dataclasses import dataclass
from typing import Any

from tombola.errors import UsageError, check_name, is_number
from tombola.training.optimizers import OPTIMIZERS
from tombola.training.schedules import SCHEDULES
from tombola.training.step import Step

MOST = 10**9
AUGMENTS = ("auto", "on", "off")

# Augmentation slows short trainings down and helps long ones; measured in docs/decisions/0006.
EPOCHS_WORTH_AUGMENTING = 20

PRECISIONS = ("auto", "32", "bf16-mixed", "16-mixed")


@dataclass(frozen=True)
class Training:
    """Settings of one training; the defaults are those of edge-popup on CIFAR-10.

    Args:
        epochs: passes over the training examples.
        batch_size: examples a step.
        optimizer: `sgd`, `adam` or `adamw`.
        lr: learning rate at its peak.
        momentum: of SGD.
        weight_decay: of whatever is trained (scores, in a search by scores).
        schedule: `cosine`, `constant` or `step`, changing from epoch to epoch.
        warmup_epochs: epochs over which the rate first rises linearly.
        label_smoothing: of the cross-entropy, in [0, 1).
        clip_norm: largest norm of the gradient, or None.
        evaluate_every: how often held-out data is looked at, as `1ep` or `100it`.
        augment: the data set's usual crops and flips: `on`, `off`, or `auto`, on from 20 epochs.
        precision: `auto` (bf16-mixed where the hardware has it, else 32), `32`, `bf16-mixed`, …

    Raises:
        UsageError: where a value is out of range.

    Source: Ramanujan et al. 2020, section 4.1.
    """

    epochs: int = 100
    batch_size: int = 128
    optimizer: str = "sgd"
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    schedule: str = "cosine"
    warmup_epochs: int = 0
    label_smoothing: float = 0.0
    clip_norm: float | None = None
    evaluate_every: str = "1ep"
    augment: str = "auto"
    precision: str = "auto"

    def __post_init__(self) -> None:
        for kind, value, known in (
            ("optimizer", self.optimizer, OPTIMIZERS),
            ("schedule", self.schedule, SCHEDULES),
            ("augment", self.augment, AUGMENTS),
            ("precision", self.precision, PRECISIONS),
        ):
            check_name(kind, value, known)
        if Step.parse(self.evaluate_every).count == 0:
            raise UsageError(f"evaluate_every={self.evaluate_every}: expected 1 or more epochs or iterations")
        _whole("epochs", self.epochs, least=1)
        _whole("batch_size", self.batch_size, least=1)
        _whole("warmup_epochs", self.warmup_epochs, least=0)
        _number("lr", self.lr, "a number above 0", lambda x: x > 0)
        _number("momentum", self.momentum, "0 <= momentum < 1", lambda x: 0 <= x < 1)
        _number("weight_decay", self.weight_decay, "a number, 0 or more", lambda x: x >= 0)
        _number("label_smoothing", self.label_smoothing, "0 <= label_smoothing < 1", lambda x: 0 <= x < 1)
        if self.clip_norm is not None:
            _number("clip_norm", self.clip_norm, "a number above 0, or none", lambda x: x > 0)
        if self.warmup_epochs >= self.epochs and self.warmup_epochs:
            raise UsageError(f"warmup_epochs={self.warmup_epochs}: expected fewer than epochs={self.epochs}")

    @property
    def augments(self) -> bool:
        """Whether training examples are augmented.

        >>> Training(epochs=100).augments, Training(epochs=3).augments, Training(epochs=3, augment="on").augments
        (True, False, True)
        """
        return self.augment == "on" or (self.augment == "auto" and self.epochs >= EPOCHS_WORTH_AUGMENTING)

    def lr_at(self, epoch: int) -> float:
        """The learning rate of the epoch with this index, counted from 0.

        >>> [round(Training(epochs=3).lr_at(epoch), 4) for epoch in range(3)]
        [0.1, 0.075, 0.025]
        """
        if epoch < self.warmup_epochs:
            return self.lr * (epoch + 1) / self.warmup_epochs
        done = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
        return self.lr * SCHEDULES[self.schedule](done)


def _whole(name: str, value: Any, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UsageError(f"{name}={value!r}: expected a whole number, {least} or more")
    if value > MOST:
        raise UsageError(f"{name}={value}: expected {MOST:,} at most")


def _number(name: str, value: Any, allowed: str, is_allowed: Any) -> None:
    if not is_number(value) or not is_allowed(value):
        raise UsageError(f"{name}={value!r}: expected {allowed}")
