from typing import Any

import pytest

from tombola.errors import UsageError
from tombola.training import Training


def test_defaults_are_the_papers() -> None:
    settings = Training()
    assert (settings.optimizer, settings.lr, settings.momentum, settings.weight_decay) == ("sgd", 0.1, 0.9, 1e-4)
    assert (settings.batch_size, settings.epochs, settings.schedule) == (128, 100, "cosine")
    assert (settings.warmup_epochs, settings.label_smoothing, settings.clip_norm) == (0, 0.0, None)


def rates(**settings: Any) -> list[float]:
    training = Training(**settings)
    return [training.lr_at(epoch) for epoch in range(training.epochs)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # (1 + cos(pi * epoch / 4)) / 20 by hand: cos = 1, 1/sqrt 2, 0, -1/sqrt 2.
        ({"epochs": 4}, [0.1, 0.0853553390593, 0.05, 0.0146446609407]),
        ({"epochs": 1}, [0.1]),
        # Two epochs of warm-up rise by halves, then a cosine over what is left.
        ({"epochs": 6, "warmup_epochs": 2, "lr": 1.0}, [0.5, 1.0, 1.0, 0.853553390593, 0.5, 0.146446609407]),
        ({"epochs": 3, "schedule": "constant", "lr": 0.3}, [0.3, 0.3, 0.3]),
        ({"epochs": 8, "schedule": "step", "lr": 1.0}, [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]),
        ({"epochs": 3, "schedule": "constant", "warmup_epochs": 2, "lr": 1.0}, [0.5, 1.0, 1.0]),
    ],
)
def test_learning_rates_by_hand(settings: dict[str, Any], expected: list[float]) -> None:
    assert rates(**settings) == pytest.approx(expected, abs=1e-12)


def test_a_step_schedule_falls_at_epochs_80_and_120_of_160() -> None:
    fell = rates(epochs=160, schedule="step", lr=1.0)
    assert [epoch for epoch in range(1, 160) if fell[epoch] != fell[epoch - 1]] == [80, 120]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"epochs": 0}, "epochs=0: expected a whole number, 1 or more"),
        ({"epochs": 2.5}, r"epochs=2\.5: expected a whole number"),
        ({"epochs": True}, "epochs=True: expected a whole number"),
        ({"batch_size": 0}, "batch_size=0: expected a whole number, 1 or more"),
        ({"batch_size": "12"}, "batch_size='12': expected a whole number"),
        ({"optimizer": "sgdd"}, "unknown optimizer 'sgdd': did you mean 'sgd'"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin': did you mean 'cosine'"),
        ({"precision": "16"}, "unknown precision '16'"),
        ({"lr": 0}, "lr=0: expected a number above 0"),
        ({"lr": float("nan")}, "lr=nan: expected a number above 0"),
        ({"lr": float("inf")}, "lr=inf: expected a number above 0"),
        ({"lr": "0.1"}, r"lr='0\.1': expected a number above 0"),
        ({"momentum": 1.0}, r"momentum=1\.0: expected 0 <= momentum < 1"),
        ({"weight_decay": -1e-4}, "weight_decay=-0.0001: expected a number, 0 or more"),
        ({"label_smoothing": 1}, "label_smoothing=1: expected 0 <= label_smoothing < 1"),
        ({"clip_norm": 0.0}, r"clip_norm=0\.0: expected a number above 0, or none"),
        ({"warmup_epochs": -1}, "warmup_epochs=-1: expected a whole number, 0 or more"),
        ({"epochs": 3, "warmup_epochs": 3}, "warmup_epochs=3: expected fewer than epochs=3"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Training(**settings)
