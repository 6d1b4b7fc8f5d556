"""Shared values against networks filled by hand, and choices that never see the test set."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.verification.making import given_weights, ticket_of
from torch import Tensor, nn

from tombola.data import DataSet, Preparation, Split
from tombola.errors import DataError, TicketError, UsageError
from tombola.masks import Mask
from tombola.subnetwork import unmasked_state
from tombola.ticket import Architecture, Ticket
from tombola.training import Scores, make_task
from tombola.verification import weight_agnostic
from tombola.verification.shared_value import tuned_value
from tombola.verification.weight_agnostic import VALUES
from tombola.weights import KaimingNormal


def split(count: int, seed: int, classes: int | None = 3) -> Split:
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(count, 4, generator=generator)
    targets = inputs[:, :3].argmax(1) if classes else inputs[:, :1].square()
    return Split(inputs, targets)


def data_of(classes: int | None = 3) -> DataSet:
    parts = (split(40, 0, classes), split(30, 1, classes), split(50, 2, classes))
    return DataSet("made up", *parts, classes, Preparation(), "sha256:0", "made for tests")


class Net(nn.Module):
    def __init__(self, outputs: int = 3) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.norm(self.first(x))))  # type: ignore[no-any-return]


def net_ticket(outputs: int = 3) -> Ticket:
    model = Net(outputs)
    generator = torch.Generator().manual_seed(0)
    shapes = {name: model.get_parameter(name).shape for name in ("first.weight", "last.weight")}
    mask = Mask({name: torch.rand(shape, generator=generator) < 0.6 for name, shape in shapes.items()})
    state = {name: tensor + 0.25 for name, tensor in unmasked_state(model, mask).items()}
    return Ticket(Architecture("tests:Net"), mask, dict.fromkeys(mask, 0.6), KaimingNormal(seed=0), state)


def outputs_of(ticket: Ticket, value: float, keep_signs: bool, inputs: Tensor) -> Tensor:
    """By hand: the ticket whose weights are the value."""
    initial = ticket.initial_weights()
    filled = {name: (w.sign() if keep_signs else torch.ones_like(w)) * value for name, w in initial.items()}
    count = ticket.mask.shapes["last.weight"][0]
    with torch.no_grad():
        return given_weights(ticket, filled).build(Net(count)).eval()(inputs)  # type: ignore[no-any-return]


def classes_by_hand(outputs: Tensor, targets: Tensor) -> Scores:
    accuracy = float((outputs.argmax(1) == targets).double().mean())
    return Scores(float(F.cross_entropy(outputs, targets)), accuracy)


def close(one: Scores, other: Scores) -> bool:
    return math.isclose(one.loss, other.loss, rel_tol=1e-5) and math.isclose(one.metric, other.metric, rel_tol=1e-6)


@pytest.mark.parametrize("signs", ["shared", "kept"])
def test_every_value_against_a_network_filled_by_hand(signs: str) -> None:
    ticket, data = net_ticket(), data_of()
    found = weight_agnostic(ticket, data, Net(), signs=signs)
    assert [row.value for row in found.rows] == list(VALUES) == [-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2]
    assert data.test is not None
    inputs, targets = data.test.inputs, data.test.targets
    each = [outputs_of(ticket, value, signs == "kept", inputs) for value in VALUES]
    by_hand = [classes_by_hand(outputs, targets) for outputs in each]
    assert all(close(row.scores, scores) for row, scores in zip(found.rows, by_hand, strict=True))
    metrics = torch.tensor([scores.metric for scores in by_hand], dtype=torch.float64)
    assert found.mean.metric == pytest.approx(float(metrics.mean()))
    assert found.deviation.metric == pytest.approx(float(metrics.std()))
    mean_softmax = torch.stack([outputs.softmax(1) for outputs in each]).mean(0)
    assert found.ensemble.metric == pytest.approx(float((mean_softmax.argmax(1) == targets).double().mean()))
    assert found.ensemble.loss == pytest.approx(float(F.nll_loss(mean_softmax.log(), targets)), rel=1e-5)
    assert found.evaluated_on == "test"


def test_kept_signs_differ_from_shared_ones() -> None:
    ticket = net_ticket()
    shared, kept = (weight_agnostic(ticket, data_of(), Net(), signs=signs) for signs in ("shared", "kept"))
    assert shared.rows != kept.rows


def test_regression_takes_the_mean_of_the_outputs() -> None:
    ticket, data = net_ticket(outputs=1), data_of(classes=None)
    found = weight_agnostic(ticket, data, Net(1), values=(-1.0, 0.5, 2.0))
    assert data.test is not None
    each = [outputs_of(ticket, value, False, data.test.inputs) for value in (-1.0, 0.5, 2.0)]
    error = (torch.stack(each).mean(0) - data.test.targets).abs().mean()
    assert found.ensemble.metric == pytest.approx(float(error), rel=1e-5)
    lowest = min(row.scores.metric for row in found.rows)
    assert found.tuned.metric <= lowest * 1.5, "a lower error is better"


def test_the_tuned_value_is_the_best_on_validation_examples() -> None:
    ticket, data = net_ticket(), data_of()
    found = weight_agnostic(ticket, data, Net(), signs="kept")
    assert data.validation is not None
    inputs, targets = data.validation.inputs, data.validation.targets

    def accuracy(value: float) -> float:
        return classes_by_hand(outputs_of(ticket, value, True, inputs), targets).metric

    assert accuracy(found.tuned_value) >= max(map(accuracy, VALUES))
    assert data.test is not None
    by_hand = classes_by_hand(outputs_of(ticket, found.tuned_value, True, data.test.inputs), data.test.targets)
    assert close(found.tuned, by_hand)


def test_no_choice_sees_the_test_set() -> None:
    ticket, data = net_ticket(), data_of()
    other = replace(data, test=Split(split(50, 7).inputs, torch.zeros(50, dtype=torch.int64)))
    one, two = (weight_agnostic(ticket, given, Net()) for given in (data, other))
    assert one.tuned_value == two.tuned_value
    assert one.rows != two.rows


def test_without_test_examples_the_figures_are_of_validation() -> None:
    data = replace(data_of(), test=None)
    found = weight_agnostic(net_ticket(), data, Net())
    assert found.evaluated_on == "validation"
    assert found.tuned.metric >= max(row.scores.metric for row in found.rows)


def test_ticket_and_model_stay_as_they_are() -> None:
    ticket, model = net_ticket(), Net().train()
    before, digest = {name: tensor.clone() for name, tensor in model.state_dict().items()}, ticket.digest
    weight_agnostic(ticket, data_of(), model)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert model.training
    assert ticket.digest == digest


def test_a_builtin_architecture_on_images() -> None:
    images = torch.randint(0, 256, (30, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    part = Split(images, torch.arange(30) % 10)
    data = DataSet("images", part, part, part, 10, Preparation((0.5,), (0.5,)), "sha256:0", "made for tests")
    found = weight_agnostic(ticket_of("digits-conv", width=0.2), data, values=[1.0])
    assert found.rows[0].scores == found.mean == found.tuned
    assert found.tuned_value == 1.0
    assert found.deviation == Scores(0.0, 0.0)
    assert found.ensemble.loss == pytest.approx(found.mean.loss, rel=1e-5)


def test_tied_weights_are_filled_together() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
            self.last.weight = self.first.weight

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.first(x))  # type: ignore[no-any-return]

    mask = Mask({"first.weight": torch.eye(4) > 0})
    ticket = Ticket(Architecture("tests:Tied"), mask, {"first.weight": 0.25}, KaimingNormal(seed=0), {})
    data = data_of()
    assert data.test is not None
    (row,) = weight_agnostic(ticket, data, Tied(), values=[-3.0]).rows
    assert row.scores.loss == pytest.approx(float(F.cross_entropy(9 * data.test.inputs, data.test.targets)), rel=1e-5)


def test_a_task_of_ones_own() -> None:
    task = make_task("mse", "mse", classes=None)
    found = weight_agnostic(net_ticket(1), data_of(None), Net(1), values=[1.0], task=task)
    assert found.mean.loss == pytest.approx(found.mean.metric)


def test_tuning_refines_between_the_neighbours_of_the_best() -> None:
    asked: list[float] = []

    def goodness(value: float) -> tuple[float, float]:
        asked.append(value)
        return -abs(value - 1.3), 0.0

    found = tuned_value(goodness, [-2, 1, 2, 0.5])
    assert abs(found - 1.3) < 1.5 / 8 / 8 * 2
    assert len(asked) == len(set(asked)) < 25
    assert all(-2 <= value <= 2 for value in asked)


def test_of_equally_good_values_the_lowest_is_taken() -> None:
    assert tuned_value(lambda value: (0.0, 0.0), [3.0, 1.0, 2.0]) == 1.0
    assert tuned_value(lambda value: (0.0, -abs(value)), [-1.0, 0.25, 1.0]) == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize(
    "values", [[], [math.nan], [1.0, math.inf], [10**400], 5, None, "12", b"1", ["1"], [None], [[1.0]]]
)
def test_values_that_are_none(values: Any) -> None:
    with pytest.raises(UsageError, match="expected one finite number or more"):
        weight_agnostic(net_ticket(), data_of(), Net(), values=values)


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown signs 'keep': did you mean 'kept'"):
        weight_agnostic(net_ticket(), data_of(), Net(), signs="keep")
    with pytest.raises(DataError, match="made up has no validation examples to choose a value on"):
        weight_agnostic(net_ticket(), replace(data_of(), validation=None), Net())
    with pytest.raises(TicketError, match="is not builtin"):
        weight_agnostic(net_ticket(), data_of())


def test_any_iterable_of_numbers_will_do() -> None:
    rows = weight_agnostic(net_ticket(), data_of(), Net(), values=iter([np.float32(0.5), 2])).rows  # type: ignore[arg-type]
    assert [row.value for row in rows] == [0.5, 2.0]


@pytest.mark.filterwarnings("error")
def test_figures_that_overflow_are_told_without_a_warning() -> None:
    found = weight_agnostic(net_ticket(), data_of(), Net(), values=[1e38, 1.0])
    assert not math.isfinite(found.rows[0].scores.loss)
    assert not math.isfinite(found.mean.loss)
