import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tombola.errors import UsageError
from tombola.training import Metric, check_outputs, make_task

OUTPUTS = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 0.5]])
LABELS = torch.tensor([0, 2, 0])


def cross_entropy(outputs: Tensor, targets: Tensor, smoothing: float = 0.0) -> float:
    """Written out: the share 1 - e on the label and e/C on every class."""
    total = 0.0
    for row, label in zip(outputs.tolist(), targets.tolist(), strict=True):
        normaliser = math.log(sum(math.exp(value) for value in row))
        uniform = -sum(value - normaliser for value in row) / len(row)
        total += (1 - smoothing) * (normaliser - row[label]) + smoothing * uniform
    return total / len(targets)


def test_labels_mean_cross_entropy_and_accuracy() -> None:
    task = make_task(None, None, classes=3)
    assert (task.loss_name, task.metric.name, task.metric.higher_is_better) == ("cross-entropy", "accuracy", True)
    loss, hits = task.sums(OUTPUTS, LABELS).tolist()
    assert loss == pytest.approx(3 * cross_entropy(OUTPUTS, LABELS), rel=1e-6)
    assert hits == 2


@pytest.mark.parametrize("smoothing", [0.1, 0.5])
def test_label_smoothing_is_torchs(smoothing: float) -> None:
    task = make_task(None, None, classes=3, label_smoothing=smoothing)
    assert torch.equal(task.loss(OUTPUTS, LABELS), F.cross_entropy(OUTPUTS, LABELS, label_smoothing=smoothing))
    assert float(task.loss(OUTPUTS, LABELS)) == pytest.approx(cross_entropy(OUTPUTS, LABELS, smoothing), rel=1e-6)


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
@pytest.mark.parametrize("loss", [None, "mse", "mae"])
def test_a_column_of_outputs_against_a_vector_of_targets(shape: tuple[int, ...], loss: str | None) -> None:
    outputs, targets = torch.tensor([[1.0], [2.0], [3.0], [4.0]]), torch.tensor([1.5, 0.0, 3.0, 8.0]).reshape(shape)
    task = make_task(loss, None, classes=None)
    errors = [0.5, 2.0, 0.0, 4.0]
    expected = sum(errors) if loss == "mae" else sum(error**2 for error in errors)
    assert task.sums(outputs, targets).tolist() == pytest.approx([expected, sum(errors)])


def test_several_outputs_are_averaged_within_an_example() -> None:
    outputs, targets = torch.tensor([[1.0, 3.0], [0.0, 0.0]]), torch.tensor([[0.0, 0.0], [1.0, 1.0]])
    task = make_task(None, "mse", classes=None)
    assert task.metric.per_example(outputs, targets).tolist() == [5.0, 1.0]
    assert make_task(None, "mae", classes=None).metric.per_example(outputs, targets).tolist() == [2.0, 1.0]


def test_outputs_of_lower_precision_are_measured_in_float32() -> None:
    outputs = torch.tensor([[1.0], [2.0]], dtype=torch.bfloat16)
    task = make_task(None, None, classes=None)
    assert task.metric.per_example(outputs, torch.tensor([1.0, 2.0])).dtype == torch.float32


def test_functions_of_the_users() -> None:
    def hinge(outputs: Tensor, targets: Tensor) -> Tensor:
        return (1 - outputs[:, 0] * targets).clamp(min=0).mean()

    def margin(outputs: Tensor, targets: Tensor) -> Tensor:
        return outputs[:, 0] * targets

    outputs, targets = torch.tensor([[2.0], [0.5]]), torch.tensor([1.0, -1.0])
    task = make_task(hinge, margin, classes=None)
    assert (task.loss_name.rpartition(".")[2].partition("#")[0], task.metric.name, task.metric.higher_is_better) == (
        "hinge",
        "margin",
        True,
    )
    assert task.sums(outputs, targets).tolist() == [1.5, 1.5]


def test_a_metric_that_gives_a_mean_counts_once_an_example() -> None:
    task = make_task(None, Metric("top", lambda outputs, _: outputs.max(), False), classes=3)
    assert task.sums(OUTPUTS, LABELS).tolist()[1] == 9.0
    assert not task.metric.higher_is_better


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), partial(F.cross_entropy, reduction="mean")])
def test_objects_that_can_be_called_are_losses_too(loss: Any) -> None:
    task = make_task(loss, None, classes=3)
    assert torch.equal(task.loss(OUTPUTS, LABELS), F.cross_entropy(OUTPUTS, LABELS))
    assert task.loss_name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"loss": "cross_entropy", "metric": None, "classes": 3},
            "unknown loss 'cross_entropy': did you mean 'cross-e",
        ),
        ({"loss": None, "metric": "acuracy", "classes": 3}, "unknown metric 'acuracy': did you mean 'accuracy'"),
        ({"loss": "cross-entropy", "metric": None, "classes": None}, "needs class labels, and the targets are real"),
        ({"loss": None, "metric": "accuracy", "classes": None}, "accuracy needs class labels"),
        ({"loss": None, "metric": None, "classes": None, "label_smoothing": 0.1}, "needs the loss cross-entropy"),
    ],
)
def test_what_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_task(**arguments)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (nn.CrossEntropyLoss(reduction="none"), r"CrossEntropyLoss gave shape \(3,\): expected a tensor of one number"),
        (lambda outputs, _: float(outputs.sum()), "gave float: expected a tensor of one number"),
    ],
)
def test_a_loss_must_be_one_number(loss: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_task(loss, None, classes=3).loss(OUTPUTS, LABELS)


def test_a_loss_of_one_element_is_one_number() -> None:
    assert make_task(lambda outputs, _: outputs.sum().reshape(1), None, classes=3).loss(OUTPUTS, LABELS).dim() == 0


def test_a_metric_may_not_be_called_loss() -> None:
    with pytest.raises(UsageError, match="could not be told from the loss"):
        Metric("loss", lambda outputs, _: outputs)


@pytest.mark.parametrize(
    ("shape", "loss", "classes", "target", "said"),
    [
        ((5,), None, 10, (), r"net gives outputs of shape \(5,\) an example: expected \(10,\) or more"),
        ((), None, 10, (), r"shape \(\) an example: expected \(10,\) or more"),
        ((4, 10), None, 10, (), r"shape \(4, 10\) an example"),
        ((3,), None, None, (), r"shape \(3,\) an example: expected \(1,\), as mae and mse"),
        ((3,), "mae", None, (2,), r"shape \(3,\) an example: expected \(2,\), as mae"),
        ((10,), "mse", 10, (), r"shape \(10,\) an example: expected"),
    ],
)
def test_outputs_that_do_not_go_with_the_targets(
    shape: tuple[int, ...], loss: str | None, classes: int | None, target: tuple[int, ...], said: str
) -> None:
    targets = torch.zeros(2, *target) if classes is None else torch.zeros(2, *target).long()
    with pytest.raises(UsageError, match=said):
        check_outputs(torch.zeros(2, *shape), targets, make_task(loss, None, classes=classes), classes, "net")


def test_outputs_that_do() -> None:
    labels = torch.tensor([0, 1])
    check_outputs(torch.zeros(2, 12), labels, make_task(None, None, classes=10), 10, "net")
    check_outputs(torch.zeros(2, 1), torch.zeros(2), make_task(None, None, classes=None), None, "net")
    check_outputs(torch.zeros(2), torch.zeros(2, 1), make_task(None, None, classes=None), None, "net")
    own = make_task(lambda o, _: o.sum(), lambda o, _: o.flatten(1).sum(1), classes=10)
    check_outputs(torch.zeros(2, 5), labels, own, 10, "net")


def test_functions_that_share_a_name_are_told_apart() -> None:
    def scaled(outputs: Tensor, targets: Tensor, factor: float) -> Tensor:
        return (outputs - targets).square().mean() * factor

    functions: list[Callable[[Tensor, Tensor], Tensor]] = [
        lambda outputs, targets: (outputs - targets).abs().mean(),
        lambda outputs, targets: (outputs - targets).square().mean(),
        lambda outputs, targets: (outputs - targets).square().mean() * 2.0,
        partial(scaled, factor=1.0),
        partial(scaled, factor=2.0),
    ]
    names = [make_task(function, None, classes=None).loss_name for function in functions]
    assert len(set(names)) == len(functions)
    assert names == [make_task(function, None, classes=None).loss_name for function in functions]
