import pytest

from tombola.search.parts.retraining import differing, retraining_settings
from tombola.training import Training


@pytest.mark.parametrize("schedule", ["cosine", "step", "constant"])
def test_fine_tuning_goes_on_at_the_last_rate(schedule: str) -> None:
    training = Training(epochs=8, lr=0.4, schedule=schedule, warmup_epochs=2)
    settings = retraining_settings("fine-tuning", training)
    assert {settings.lr_at(epoch) for epoch in range(8)} == {training.lr_at(7)}
    for other in ("weight-rewinding", "lr-rewinding"):
        assert retraining_settings(other, training) is training


def test_what_differs_is_named_with_its_value() -> None:
    training = Training(epochs=8, lr=0.4, schedule="step")
    assert differing(training, training) == {}
    tuned = retraining_settings("fine-tuning", training)
    assert differing(tuned, training) == {"lr": training.lr_at(7), "schedule": "constant"}
