"""How much of a ticket is in its mask alone: every kept weight has one shared value.

Source: Gaier & Ha, Weight agnostic neural networks (NeurIPS 2019, arXiv 1906.04358): the values, the
ensemble over them, and the tuned value.

Where this differs from the paper: a ticket's mask was found for weights of its own, not for shared
ones; signs may be kept; the tuned value is the best of a grid that is refined twice, chosen on
validation examples.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, SupportsFloat

import numpy as np
from torch import Tensor, nn

from tombola.data import DataSet, Examples
from tombola.errors import DataError, UsageError, check_name
from tombola.ticket import Ticket
from tombola.training import Scores, Task, evaluate, make_task, own_modes
from tombola.verification.shared_value import SharedValueNetwork, tuned_value

VALUES = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)
SIGNS = ("shared", "kept")


@dataclass(frozen=True)
class SharedValue:
    """Loss and metric with one value for every kept weight."""

    value: float
    scores: Scores


@dataclass(frozen=True)
class WeightAgnosticScores:
    """What a ticket's mask comes to under shared values.

    Args:
        rows: one a value, in the order given.
        mean: over the values.
        deviation: standard deviation over the values, n − 1; 0 where there is one.
        ensemble: with the outputs that are the mean over the values: of the softmax for classes, of
            the outputs themselves in regression.
        tuned_value: the best value on validation examples.
        tuned: with it.
        evaluated_on: the split of all figures here: `test`, or `validation` where there is no other.
    """

    rows: tuple[SharedValue, ...]
    mean: Scores
    deviation: Scores
    ensemble: Scores
    tuned_value: float
    tuned: Scores
    evaluated_on: str


@own_modes()
def weight_agnostic(
    ticket: Ticket,
    data: DataSet,
    model: nn.Module | None = None,
    values: Sequence[float] = VALUES,
    signs: str = "shared",
    task: Task | None = None,
) -> WeightAgnosticScores:
    """Evaluate a ticket with one shared value in the place of every kept weight.

    Biases, normalisation and all else are the ticket's.

    Args:
        ticket: whose mask, signs and state are used.
        data: with validation examples, which alone choose the tuned value.
        model: a module of the ticket's architecture, where that is not builtin; it stays as it is.
        values: the shared values.
        signs: `shared`, every kept weight is the value; `kept`, it is the value times the sign of
            its initial weight.
        task: loss and metric; by default the data set's usual ones.

    Raises:
        UsageError: for values that are not finite numbers, or signs of another name.
        DataError: where there are no validation examples.
        TicketError: where the model is not of the ticket's architecture.
    """
    check_name("signs", signs, SIGNS)
    values = _finite(values)
    validation = data.validation
    if validation is None:
        raise DataError(f"{data.name} has no validation examples to choose a value on: hold some out, or give some")
    evaluated_on, final = ("validation", validation) if data.test is None else ("test", data.test)
    task = task or make_task(None, None, classes=data.classes)
    network = SharedValueNetwork.of(ticket, model, keep_signs=signs == "kept", device=final.device)

    def score(outputs: Callable[[Tensor], Tensor], split: Examples) -> Scores:
        return evaluate(outputs, split, data.preparation, task)

    tuned = tuned_value(lambda value: _goodness(score(network.at(value), validation), task), values)
    rows = tuple(SharedValue(value, score(network.at(value), final)) for value in values)
    return WeightAgnosticScores(
        rows,
        mean=_over(_mean, rows),
        deviation=_over(_deviation, rows),
        ensemble=score(network.ensemble(values, is_classifier=data.classes is not None), final),
        tuned_value=tuned,
        tuned=score(network.at(tuned), final),
        evaluated_on=evaluated_on,
    )


def _finite(values: Any) -> tuple[float, ...]:
    """The values, each a number that a float can hold."""
    given = values if isinstance(values, Iterable) and not isinstance(values, str | bytes) else ()
    try:
        numbers = tuple(float(value) if isinstance(value, SupportsFloat) else math.nan for value in given)
    except OverflowError:
        numbers = ()
    if not numbers or not all(map(math.isfinite, numbers)):
        raise UsageError(f"values={values!r:.80}: expected one finite number or more, such as (-1, 1)")
    return numbers


def _goodness(scores: Scores, task: Task) -> tuple[float, float]:
    """The better metric, then the lower loss; what is no number is worst."""
    metric = scores.metric if task.metric.higher_is_better else -scores.metric
    return _or_worst(metric), _or_worst(-scores.loss)


def _or_worst(number: float) -> float:
    return -math.inf if math.isnan(number) else number


def _over(statistic: Callable[[list[float]], float], rows: Sequence[SharedValue]) -> Scores:
    losses, metrics = [row.scores.loss for row in rows], [row.scores.metric for row in rows]
    return Scores(statistic(losses), statistic(metrics))


def _mean(column: list[float]) -> float:
    with np.errstate(all="ignore"):  # figures that are not finite are told as they are
        return float(np.mean(column))


def _deviation(column: list[float]) -> float:
    with np.errstate(all="ignore"):
        return float(np.std(column, ddof=1)) if len(column) > 1 else 0.0
