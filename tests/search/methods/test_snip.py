from typing import Any

import pytest
import torch
from tests.search.prunings import job_of, loss_of, network_of, perceptron, splits
from torch import Tensor, nn

from tombola.errors import DivergedError, UsageError
from tombola.search.methods.snip import Snip


def by_gates(loss: Any, weights: Tensor, width: float = 1e-6) -> Tensor:
    """|∂L/∂c| by central differences of a gate c on each weight in turn."""
    scores = []
    for index in range(weights.numel()):
        gate = torch.ones_like(weights)
        gate[index] += width
        above = loss(weights * gate)
        gate[index] -= 2 * width
        scores.append(((above - loss(weights * gate)) / (2 * width)).abs())
    return torch.stack(scores)


@pytest.mark.parametrize("examples", [None, 7, 1])
@pytest.mark.parametrize("weights", ["own", "kaiming-normal"])
def test_scores_are_the_sensitivity_to_a_gate(examples: int | None, weights: str) -> None:
    method = Snip(examples=examples)
    job = job_of(perceptron(6, 5, 4, 3).double(), splits(), method, weights=weights)  # 30 examples in batches of 16
    network = network_of(job)
    scores = method.scores(network, job)
    expected = by_gates(loss_of(job, examples, network), network.weights.detach())
    assert scores.dtype == torch.float64
    assert scores.shape == (6 * 5 + 5 * 4 + 4 * 3,)
    assert torch.allclose(scores, expected, rtol=1e-5, atol=1e-9)
    assert float(expected.max()) > 1e-3


def test_the_highest_of_all_layers_are_kept() -> None:
    method = Snip(density=0.3)
    job = job_of(perceptron(6, 5, 4, 3).double(), splits(), method)
    network = network_of(job)
    mask, scores = method.choose(network, job)
    assert int(mask.sum()) == round(0.3 * 62)
    assert scores[mask].min() > scores[~mask].max()


def test_regression_has_scores_too() -> None:
    inputs = torch.randn(80, 6, dtype=torch.float64)
    data = tuple((inputs[part], inputs[part, :2].sin()) for part in (slice(0, 50), slice(50, 65), slice(65, 80)))
    method = Snip()
    job = job_of(perceptron(6, 5, 2).double(), data, method)
    network = network_of(job)
    expected = by_gates(loss_of(job, None, network), network.weights.detach())
    assert torch.allclose(method.scores(network, job), expected, rtol=1e-5, atol=1e-9)


def test_batch_norm_uses_the_statistics_of_the_examples_and_keeps_its_own() -> None:
    model = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 3)).double()
    method = Snip(examples=12)
    job = job_of(model, splits(), method)
    network = network_of(job)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    scores = method.scores(network, job)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(scores, method.scores(network, job)), "dropout is off"
    expected = by_gates(loss_of(job, 12, network), network.weights.detach())
    assert torch.allclose(scores, expected, rtol=1e-5, atol=1e-9)


def test_scores_of_a_model_in_half_precision_are_float32() -> None:
    data = tuple((inputs.bfloat16(), labels) for inputs, labels in splits())
    method = Snip(density=0.4)
    job = job_of(perceptron(6, 5, 3).bfloat16(), data, method, weights="own")
    network = network_of(job)
    mask, scores = method.choose(network, job)
    assert scores.dtype == torch.float32
    assert network.weights.dtype == torch.bfloat16
    assert int(mask.sum()) == round(0.4 * 45)
    double = network_of(job_of(perceptron(6, 5, 3).bfloat16().double(), splits(), method, weights="own"))
    exact = job_of(
        perceptron(6, 5, 3).bfloat16().double(), tuple((x.double(), y) for x, y in data), method, weights="own"
    )
    assert torch.allclose(scores.double(), method.scores(double, exact), rtol=1e-3, atol=1e-6)


def test_scores_that_are_not_finite_are_refused() -> None:
    model = perceptron(6, 5, 3, activation=nn.ReLU).double()
    for parameter in model.parameters():
        parameter.data *= 1e200
    method = Snip()
    job = job_of(model, splits(), method, weights="own")
    with pytest.raises(DivergedError, match="of 45 scores of snip are NaN or infinite: look for such values"):
        method.choose(network_of(job), job)


@pytest.mark.parametrize("examples", [0, -1, 2.5, True, "10"])
def test_what_is_refused(examples: Any) -> None:
    with pytest.raises(UsageError, match=f"examples={examples!r}: expected a whole number, 1 or more"):
        Snip(examples=examples)


def test_the_spec() -> None:
    assert Snip(density=0.05).to_spec() == {
        "name": "snip",
        "density": 0.05,
        "layer_density": {},
        "scope": "global",
        "allocation": "uniform",
        "n_of_m": None,
        "examples": None,
    }
