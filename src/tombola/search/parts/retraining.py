"""The three modes of retraining a pruned network, and the settings they train with.

Source: Renda, Frankle & Carbin, "Comparing rewinding and fine-tuning", ICLR 2020, arXiv 2003.02389.
"""

from dataclasses import asdict, replace
from typing import Any

from tombola.training import Training

RETRAINING = ("weight-rewinding", "lr-rewinding", "fine-tuning")


def retraining_settings(retraining: str, training: Training) -> Training:
    """Those of the first training, but for fine-tuning, which goes on at the schedule's last learning rate.

    >>> settings = retraining_settings("fine-tuning", Training(epochs=4, lr=1.0, schedule="step"))
    >>> settings.lr, settings.schedule
    (0.01, 'constant')
    """
    if retraining != "fine-tuning":
        return training
    return replace(training, lr=training.lr_at(training.epochs - 1), schedule="constant", warmup_epochs=0)


def differing(settings: Training, usual: Training) -> dict[str, Any]:
    """The settings that are not the usual ones."""
    return {name: value for name, value in asdict(settings).items() if value != getattr(usual, name)}
