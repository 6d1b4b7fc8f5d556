import warnings

import pytest
import torch
from tests.families import FAMILIES
from tests.search.prunings import job_of, loss_of, network_of, perceptron, splits
from torch import Tensor, nn

from tombola.search.methods.grasp import TEMPERATURE, Grasp

SIZES = (6, 5, 4, 3)


@pytest.mark.parametrize("examples", [None, 7])
def test_scores_are_the_weights_times_the_hessian_times_the_gradient(examples: int | None) -> None:
    method = Grasp(examples=examples)
    job = job_of(perceptron(*SIZES).double(), splits(), method)  # 30 examples in batches of 16
    network = network_of(job)
    loss, weights = loss_of(job, examples, network, TEMPERATURE), network.weights.detach()
    hessian = torch.autograd.functional.hessian(loss, weights)
    gradient = torch.autograd.functional.jacobian(loss, weights)
    expected = weights * (hessian @ gradient)
    scores = method.scores(network, job)
    assert torch.allclose(scores, expected, rtol=1e-6, atol=1e-3 * float(expected.abs().max()) * 1e-6)
    assert bool((expected > 0).any())
    assert bool((expected < 0).any())


def squared_gradient(loss: object, weights: Tensor) -> Tensor:
    return torch.autograd.functional.jacobian(loss, weights).square().sum()  # type: ignore[no-any-return]


def test_what_is_kept_is_what_the_gradient_would_shrink_most_without() -> None:
    method = Grasp(density=0.25)
    job = job_of(perceptron(*SIZES).double(), splits(), method)
    network = network_of(job)
    loss, weights = loss_of(job, None, network, TEMPERATURE), network.weights.detach()
    flow, step, changes = squared_gradient(loss, weights), 1e-5, []
    for index in range(weights.numel()):  # a small part of each weight is removed in turn
        less = weights.clone()
        less[index] *= 1 - step
        changes.append((squared_gradient(loss, less) - flow) / step)
    change = torch.stack(changes)
    mask, scores = method.choose(network, job)
    assert torch.allclose(change, -2 * scores, rtol=1e-2, atol=1e-4 * float(scores.abs().max()))
    assert int(mask.sum()) == round(0.25 * 62)
    # Without the kept weights the gradient shrinks, and more than without any of the others.
    assert change[mask].max() <= change[~mask].min()
    assert change[mask].max() < 0


def test_the_kept_part_has_more_gradient_than_the_removed_one() -> None:
    method = Grasp(density=0.5)
    job = job_of(perceptron(*SIZES).double(), splits(), method)
    network = network_of(job)
    loss, weights = loss_of(job, None, network, TEMPERATURE), network.weights.detach()
    mask, _ = method.choose(network, job)
    shrunk = 0.9  # removed to a tenth, where first order holds
    without_others = squared_gradient(loss, torch.where(mask, weights, weights * shrunk))
    without_kept = squared_gradient(loss, torch.where(mask, weights * shrunk, weights))
    assert without_others > without_kept


def test_regression_has_no_temperature() -> None:
    inputs = torch.randn(80, 6, dtype=torch.float64)
    data = tuple((inputs[part], inputs[part, :2].sin()) for part in (slice(0, 50), slice(50, 65), slice(65, 80)))
    method = Grasp()
    job = job_of(perceptron(6, 5, 2).double(), data, method)
    network = network_of(job)
    loss, weights = loss_of(job, None, network), network.weights.detach()
    hessian = torch.autograd.functional.hessian(loss, weights)
    expected = weights * (hessian @ torch.autograd.functional.jacobian(loss, weights))
    assert torch.allclose(method.scores(network, job), expected, rtol=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_second_derivatives_of_every_family(name: str) -> None:
    family = FAMILIES[name]
    torch.manual_seed(2)
    inputs = [family.inputs(count) for count in (30, 11, 13)]
    labels = [torch.arange(len(split)) % family.classes for split in inputs]
    doubled = [split.double() if split.is_floating_point() else split for split in inputs]
    method = Grasp(examples=12)
    data = tuple(zip(doubled, labels, strict=True))
    job = job_of(family.make().double(), data, method, weights="own", include=family.include)
    network = network_of(job)
    weights = network.weights.detach()
    loss = loss_of(job, 12, network, TEMPERATURE)

    def gradient_at(flat: Tensor) -> Tensor:
        at = flat.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(at), at)
        return gradient

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the user's own attention mask, say
        gradient = gradient_at(weights)
        width = 1e-5 / float(gradient.norm())
        product = (gradient_at(weights + width * gradient) - gradient_at(weights - width * gradient)) / (2 * width)
    expected = weights * product
    scores = method.scores(network, job)
    close = (scores - expected).abs() <= 1e-4 * expected.abs() + 1e-5 * expected.abs().max()
    assert float(close.double().mean()) > 0.99  # a difference may lie across a kink of ReLU
    assert bool(scores.any())


def test_a_layer_that_is_not_used_has_no_score() -> None:
    family = FAMILIES["unused"]
    method = Grasp(density=0.3)
    data = tuple((family.inputs(count), torch.arange(count) % 3) for count in (30, 11, 13))
    job = job_of(family.make(), data, method)
    network = network_of(job)
    named = network.layout.named(method.scores(network, job))
    assert not named["unused.weight"].any()
    assert bool(named["used.weight"].any())
    assert isinstance(network.skeleton, nn.Module)
