"""Data and models that do not go together: one clear sentence before anything is trained."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tombola as tb

LABELS = torch.arange(30) % 10


def pair(inputs: Tensor, targets: Tensor = LABELS) -> Any:
    return (inputs, targets), (inputs, targets)


def images(*shape: int) -> Any:
    return pair(torch.zeros(30, *shape, dtype=torch.uint8))


def net(outputs: int, *middle: nn.Module) -> nn.Module:
    return nn.Sequential(nn.Linear(6, 8), *middle, nn.ReLU(), nn.Linear(8, outputs))


FEATURES = torch.randn(30, 6)


@pytest.mark.parametrize(
    ("model", "data", "settings", "said"),
    [
        ("lenet-300-100", images(3, 32, 32), {}, r"not take inputs of shape \(3, 32, 32\) .*shape \(1, 28, 28\)"),
        ("conv2", images(1, 28, 28), {}, r"not take inputs of shape \(1, 28, 28\) .*shape \(3, 32, 32\)"),
        ("conv2", images(3, 64, 64), {}, r"not take inputs of shape \(3, 64, 64\) .*shape \(3, 32, 32\)"),
        ("digits-mlp", pair(FEATURES), {}, r"not take inputs of shape \(6,\) .*shape \(1, 8, 8\)"),
        (net(10), pair(torch.randn(30, 7)), {}, r"Sequential does not take inputs of shape \(7,\)"),
        (net(10), pair(torch.zeros(30, 6).long()), {}, r"not take inputs of shape \(6,\) \(torch\.int64\)"),
        (net(10).double(), pair(FEATURES), {"weights": "own"}, r"not take inputs of shape \(6,\) \(torch\.float32\)"),
        (net(5), pair(FEATURES), {}, r"Sequential gives outputs of shape \(5,\) an example: expected \(10,\) or more"),
        ("digits-mlp", "digits", {"model_arguments": {"classes": 5}}, r"digits-mlp gives outputs of shape \(5,\)"),
        (net(3), pair(FEATURES, torch.randn(30)), {}, r"gives outputs of shape \(3,\) an example: expected \(1,\)"),
        (
            net(10),
            pair(FEATURES),
            {"loss": "mse"},
            r"gives outputs of shape \(10,\) an example: expected \(1,\), as mse",
        ),
        (
            net(10),
            pair(FEATURES),
            {"metric": "mae"},
            r"gives outputs of shape \(10,\) an example: expected \(1,\), as mae",
        ),
        (net(1), pair(FEATURES, torch.randn(30)), {"loss": "cross-entropy"}, "the targets are real numbers"),
        (net(1), pair(FEATURES, torch.randn(30)), {"metric": "accuracy"}, "accuracy needs class labels"),
        (net(10, nn.BatchNorm1d(8)), pair(FEATURES), {"batch_size": 29}, "a last batch of one"),
        (nn.LSTM(6, 10), pair(torch.randn(30, 4, 6)), {}, "LSTM gives a tuple: expected one tensor"),
        (
            net(10),
            pair(FEATURES),
            {"method": tb.EdgePopup(n_of_m="2:4")},
            r"input dimension of 0\.weight is no multiple",
        ),
    ],
)
def test_a_sentence_and_no_training(
    model: Any, data: Any, settings: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def step(*_: Any) -> None:
        raise AssertionError("nothing may be trained")

    monkeypatch.setattr(torch.optim.SGD, "step", step)
    out = tmp_path / "run"
    with pytest.raises(tb.UsageError, match=said) as caught:
        tb.run(model, data, epochs=1, out=out, precision="32", **settings)
    assert "\n" not in str(caught.value)
    assert {path.name for path in out.iterdir()} <= {"spec.json", ".lock"} if out.exists() else True


def test_the_folder_of_a_refused_run_can_be_used_once_the_mistake_is_mended(tmp_path: Path) -> None:
    with pytest.raises(tb.UsageError, match="outputs of shape"):
        tb.run(net(5), pair(FEATURES), epochs=1, out=tmp_path / "run")
    assert tb.run(net(10), pair(FEATURES), epochs=1, out=tmp_path / "run").folder == tmp_path / "run"


def test_more_outputs_than_classes_are_fine() -> None:
    assert tb.find(net(12), pair(FEATURES), epochs=1).mask.kept() == 24 + 48


@pytest.mark.parametrize("shape", [(30,), (30, 1)])
def test_regression_on_a_column_of_outputs(shape: tuple[int, ...]) -> None:
    run = tb.run(net(1), pair(FEATURES, FEATURES.sum(1).reshape(shape)), epochs=3, precision="32")
    assert run.result["metric"] == "mae"
    assert not run.result["higher_is_better"]
    assert run.result["chance"] is None


def test_one_training_example() -> None:
    splits = (FEATURES[:1], LABELS[:1]), (FEATURES, LABELS)
    assert tb.run(net(10), splits, epochs=2).result["kept"] == 64
    with pytest.raises(tb.UsageError, match="batch normalisation cannot train on 1 training example"):
        tb.find(net(10, nn.BatchNorm1d(8)), splits, epochs=1)


def test_a_diverged_search_names_step_and_rate(tmp_path: Path) -> None:
    with pytest.raises(tb.DivergedError, match=r"at step \d+ \(epoch 1\) with learning rate 1e\+30: try a smaller one"):
        tb.find(net(10), pair(FEATURES), lr=1e30, epochs=5, batch_size=4)
    huge = pair(FEATURES.sign() * 1e38)
    with pytest.raises(tb.DivergedError, match=r"the loss became (nan|inf) at step 1 \(epoch 1\)"):
        tb.find(net(10), huge, epochs=1, precision="32", out=tmp_path / "run")
    assert not list((tmp_path / "run").rglob("*.safetensors"))
    assert not (tmp_path / "run" / "ticket").exists()
