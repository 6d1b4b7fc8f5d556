"""What is learned: a loss to minimise and a metric to report, by name or given by the user."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from tombola.errors import UsageError, unknown_name
from tombola.training.code import code_digest

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Metric:
    """A number per example, averaged over a split.

    Args:
        name: as records and tables call it.
        per_example: (outputs, targets) -> one value an example, shape (N,); or their mean.
        higher_is_better: whether more is better.
    """

    name: str
    per_example: Loss
    higher_is_better: bool = True

    def __post_init__(self) -> None:
        if self.name == "loss":
            raise UsageError("a metric called 'loss' could not be told from the loss in records: expected another name")


@dataclass(frozen=True)
class Task:
    """A loss and a metric. The loss is a mean over the batch, minimised by gradient descent."""

    loss_name: str
    loss: Loss
    metric: Metric

    def sums(self, outputs: Tensor, targets: Tensor, loss: Tensor | None = None) -> Tensor:
        """Loss and metric summed over the examples of a batch, float64, shape (2,), on its device.

        Args:
            outputs: of the network.
            targets: of the batch.
            loss: of the batch, where it is known already.
        """
        mean_loss = self.loss(outputs, targets) if loss is None else loss
        metric = self.metric.per_example(outputs, targets).double()
        total = metric.sum() if metric.dim() else metric * len(targets)
        return torch.stack([mean_loss.detach().double() * len(targets), total])


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """1 where the largest output is the label's, else 0."""
    return (outputs.argmax(dim=-1) == targets).float()


def mean_absolute_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """|output − target|, averaged over the outputs of an example."""
    return (outputs.float() - _like(outputs, targets)).abs().reshape(len(outputs), -1).mean(dim=1)


def mean_squared_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """(output − target)², averaged over the outputs of an example."""
    return (outputs.float() - _like(outputs, targets)).square().reshape(len(outputs), -1).mean(dim=1)


def _mse_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.mse_loss(outputs, _like(outputs, targets))


def _mae_loss(outputs: Tensor, targets: Tensor) -> Tensor:
    return F.l1_loss(outputs, _like(outputs, targets))


def _like(outputs: Tensor, targets: Tensor) -> Tensor:
    # A column of outputs against a plain vector of targets would broadcast to a square.
    return targets.to(outputs.dtype).reshape(outputs.shape)


LOSSES: dict[str, Loss] = {"cross-entropy": F.cross_entropy, "mse": _mse_loss, "mae": _mae_loss}
METRICS: dict[str, Metric] = {
    "accuracy": Metric("accuracy", accuracy),
    "mae": Metric("mae", mean_absolute_error, higher_is_better=False),
    "mse": Metric("mse", mean_squared_error, higher_is_better=False),
}


def make_task(
    loss: str | Loss | None, metric: str | Metric | Loss | None, *, classes: int | None, label_smoothing: float = 0.0
) -> Task:
    """The task of a data set with `classes` classes, or of a regression where that is None.

    Args:
        loss: a name, or a function (outputs, targets) -> scalar; default by the data set.
        metric: a name, a `Metric`, or a function (outputs, targets) -> value per example.
        classes: number of classes, or None.
        label_smoothing: of the cross-entropy.

    Raises:
        UsageError: for unknown names, and for smoothing without labels.

    >>> make_task(None, None, classes=10).metric.name, make_task(None, None, classes=None).metric.name
    ('accuracy', 'mae')
    """
    if isinstance(loss, str) and loss not in LOSSES:
        raise unknown_name("loss", loss, LOSSES)
    if isinstance(metric, str) and metric not in METRICS:
        raise unknown_name("metric", metric, METRICS)
    chosen = loss or ("mse" if classes is None else "cross-entropy")
    name = chosen if isinstance(chosen, str) else qualified(chosen)
    function = LOSSES[chosen] if isinstance(chosen, str) else partial(_one_number, chosen, name)
    if classes is None and name == "cross-entropy":
        raise UsageError("cross-entropy needs class labels, and the targets are real numbers: use mse or mae")
    if classes is None and metric == "accuracy":
        raise UsageError("accuracy needs class labels, and the targets are real numbers: use mae or mse")
    if label_smoothing:
        if name != "cross-entropy":
            raise UsageError(f"label_smoothing={label_smoothing} needs the loss cross-entropy, and the loss is {name}")
        function = partial(F.cross_entropy, label_smoothing=label_smoothing)
    return Task(name, function, _metric(metric or ("mae" if classes is None else "accuracy")))


def _one_number(loss: Loss, name: str, outputs: Tensor, targets: Tensor) -> Tensor:
    value = loss(outputs, targets)
    if not isinstance(value, Tensor) or value.numel() != 1:
        got = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
        raise UsageError(f"the loss {name} gave {got}: expected a tensor of one number, the mean over the batch")
    if outputs.requires_grad and not value.requires_grad:
        raise UsageError(f"the loss {name} does not depend on the outputs: expected one that gradients pass through")
    return value.reshape(())


def _metric(metric: str | Metric | Loss) -> Metric:
    if isinstance(metric, str):
        return METRICS[metric]
    return metric if isinstance(metric, Metric) else Metric(_short_name(metric), metric)


def _short_name(function: Loss) -> str:
    if isinstance(function, partial):
        return _short_name(function.func)
    name = str(getattr(function, "__name__", type(function).__name__))
    return name if name.isidentifier() else "metric"


def qualified(function: Loss) -> str:
    """What a function is called in a run's spec; a finished run is taken for another of the same name.

    A user's function is part of what was run, so its compiled code is part of the name.
    """
    if isinstance(function, partial):
        given = re.sub(r" at 0x[0-9a-f]+", "", f"{function.args}, {function.keywords}")  # the same in every process
        return f"{qualified(function.func)}({given})"
    called = function if hasattr(function, "__qualname__") else type(function)
    name = f"{called.__module__}.{called.__qualname__}"
    return name if called.__module__.startswith(("tombola.", "torch.")) else f"{name}#{code_digest(called)}"
