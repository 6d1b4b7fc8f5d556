"""Weight-agnostic search: one mask for every shared value."""

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from tests.families import FAMILIES
from tests.search.kills import check_goes_on
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.data import batch_order
from tombola.errors import UsageError
from tombola.masks import top_k_mask
from tombola.search.methods.edge_popup import initial_scores
from tombola.search.methods.weight_agnostic import VALUES, WeightAgnostic
from tombola.search.parts.shared_values import EveryValue, ScaledTopScores
from tombola.subnetwork import Subnetwork, TopCounts, prunable_layout
from tombola.weights import Recipe, SignedKaimingConstant

SHORT: dict[str, Any] = {"epochs": 2, "batch_size": 8, "precision": "32"}


def data(name: str = "mlp", train: int = 24) -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(count: int) -> tuple[Tensor, Tensor]:
        return family.inputs(count), torch.arange(count) % family.classes

    return split(train), split(11), split(13)


def perceptron() -> nn.Module:
    torch.manual_seed(2)
    return nn.Sequential(nn.Linear(6, 9, bias=False), nn.Tanh(), nn.Linear(9, 3, bias=False))


def every(values: tuple[float, ...], model: nn.Module | None = None, tempered: bool = True) -> EveryValue:
    model = model or perceptron()
    layout = prunable_layout(model)
    counts = {name: size // 2 for name, size in layout.sized.items()}
    selector = ScaledTopScores(layout, TopCounts.layerwise(layout, counts), initial_scores(layout, 0))
    network = Subnetwork(model, selector)
    network.weights.data.copy_(torch.where(network.weights < 0, -1.0, 1.0))
    return EveryValue(network, values, tempered=tempered)


def plain(network: EveryValue, value: float, inputs: Tensor) -> Tensor:
    """The perceptron, written out, with one value."""
    first, second = (value * weight for weight in network.network.masked_weights().values())
    return torch.tanh(inputs @ first.T) @ second.T


def test_in_training_each_step_has_the_next_value() -> None:
    values = (-2.0, 0.5, 1.5)
    network, inputs = every(values, tempered=False).train(), torch.randn(4, 6)
    for step in range(7):
        assert int(network.step) == step
        assert torch.allclose(network(inputs), plain(network, values[step % 3], inputs), atol=1e-5)
    assert torch.equal(network.network.selector.get_buffer("value"), torch.ones(()))


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_in_evaluation_example_i_has_value_i_mod_n(count: int) -> None:
    values = (-2.0, 0.5, 1.5)
    network, inputs = every(values, tempered=False).eval(), torch.randn(count, 6)
    outputs = network(inputs)
    for index in range(count):
        expected = plain(network, values[index % 3], inputs[index : index + 1])
        assert torch.allclose(outputs[index], expected[0], atol=1e-5)
    assert int(network.step) == 0, "an evaluation is no step"


def test_logits_are_divided_by_the_size_they_had_at_first() -> None:
    values = (0.5, 2.0)
    network = every(values).train()
    first = {value: torch.randn(5, 6) for value in values}
    sizes = {}
    for value in values:
        logits = plain(network, value, first[value]).detach()
        centred = [[z - sum(row) / 3 for z in row] for row in logits.tolist()]
        sizes[value] = statistics.fmean(z * z for row in centred for z in row) ** 0.5
        assert torch.allclose(network(first[value]), logits / sizes[value], atol=1e-5)
    for value in values:
        later = 3 * torch.randn(4, 6)
        assert torch.allclose(network(later), plain(network, value, later) / sizes[value], atol=1e-5)
    assert network.sizes.tolist() == pytest.approx(list(sizes.values()))
    inputs = torch.randn(2, 6)
    outputs = network.eval()(inputs)
    assert torch.allclose(outputs[:1], plain(network, 0.5, inputs[:1]) / sizes[0.5], atol=1e-5)


def test_a_network_that_says_nothing_has_no_size_and_no_gradient() -> None:
    model = nn.Sequential(nn.Linear(6, 9, bias=False), nn.ReLU(), nn.Linear(9, 3, bias=False))
    network = every((-1.0,), model).train()
    network.network.weights.data.fill_(1)
    outputs = network(torch.rand(4, 6))
    assert not outputs.any()
    outputs.sum().backward()
    selector = network.network.selector
    assert isinstance(selector, ScaledTopScores)
    assert selector.scores.grad is not None
    assert not selector.scores.grad.any()
    assert network.sizes.tolist() == [0.0]


@pytest.mark.parametrize("signs", ["shared", "kept"])
def test_it_is_edge_popup_with_one_value_a_step(signs: Any) -> None:
    """Against a loop written out: scores, straight-through gradients, SGD with momentum."""
    values, rate = (-1.0, 0.5), 0.1
    settings = SHORT | {"epochs": 1, "schedule": "constant", "lr": rate, "weight_decay": 0.01}
    splits = data()
    found = tb.find(perceptron(), splits, method=WeightAgnostic(signs=signs, shared_values=values), **settings)

    layout = prunable_layout(perceptron())
    scores = [view.clone() for view in layout.views(initial_scores(layout, 0))]
    drawn = [SignedKaimingConstant().tensor(name, shape) for name, shape in layout.by_name.items()]
    unit = [weight.sign() if signs == "kept" else torch.ones_like(weight) for weight in drawn]
    momentum = [torch.zeros_like(score) for score in scores]
    sizes: dict[float, Tensor] = {}
    for step, indices in enumerate(batch_order(24, 0, 0).split(8)):
        value = values[step % 2]
        inputs, labels = splits[0][0][indices], splits[0][1][indices]
        weights = []
        for score, base in zip(scores, unit, strict=True):
            kept = top_k_mask(score.abs(), round(0.5 * score.numel()))
            weights.append((value * base * kept).requires_grad_())
        logits = torch.tanh(inputs @ weights[0].T) @ weights[1].T
        centred = logits.detach() - logits.detach().mean(1, keepdim=True)
        sizes.setdefault(value, centred.square().mean().sqrt())
        F.cross_entropy(logits / sizes[value], labels).backward()
        for score, base, weight, velocity in zip(scores, unit, weights, momentum, strict=True):
            assert weight.grad is not None
            gradient = weight.grad * value * base * score.sign() + 0.01 * score
            velocity.mul_(0.9).add_(gradient)
            score.sub_(rate * velocity)
    for name, score in zip(layout.names, scores, strict=True):
        expected = top_k_mask(score.abs(), round(0.5 * score.numel()))
        assert torch.equal(found.mask[name], expected)


@pytest.mark.parametrize("signs", ["shared", "kept"])
def test_the_ticket_has_the_best_value_and_the_figures_are_those_of_tickets(signs: Any) -> None:
    splits, values = data(), (-2.0, 0.5, 1.0)
    method = WeightAgnostic(signs=signs, shared_values=values)
    run = tb.run(perceptron(), splits, method=method, **SHORT)
    rows, ticket = run.result["figures"]["shared_values"], run.ticket
    assert [row["value"] for row in rows] == list(values)
    assert not isinstance(ticket.weights, Recipe)
    drawn = {name: SignedKaimingConstant().tensor(name, shape) for name, shape in ticket.mask.shapes.items()}
    unit = {name: torch.where(w < 0, -1.0, 1.0) if signs == "kept" else torch.ones_like(w) for name, w in drawn.items()}
    for row in rows:
        model = perceptron()
        for name, kept in ticket.mask.items():
            model.get_parameter(name).data.copy_(row["value"] * unit[name] * kept)
        for split, (inputs, labels) in (("validation", splits[1]), ("test", splits[2])):
            with torch.no_grad():
                logits = model(inputs)
            assert row[f"{split}_accuracy"] == pytest.approx(float((logits.argmax(1) == labels).double().mean()))
            assert row[f"{split}_loss"] == pytest.approx(float(F.cross_entropy(logits, labels)), rel=1e-4)
    best = max(rows, key=lambda row: (row["validation_accuracy"], -row["validation_loss"]))
    figures = run.result["figures"]
    assert figures["tuned_value"] == best["value"]
    for name, held in ticket.initial_weights().items():
        assert torch.equal(held, best["value"] * unit[name])
    assert run.result["test_accuracy"] == best["test_accuracy"]
    assert run.result["validation_accuracy"] == best["validation_accuracy"]
    tests = [row["test_accuracy"] for row in rows]
    assert figures["test_accuracy_mean_over_values"] == statistics.fmean(tests)
    assert figures["test_accuracy_std_over_values"] == statistics.stdev(tests)
    assert run.result["audit"]["equal"] is False


def test_rows_of_the_training_are_means_over_the_values(tmp_path: Path) -> None:
    splits, values = data(), (-2.0, 0.5, 1.0)
    method = WeightAgnostic(shared_values=values, signs="kept")
    planned = plan(perceptron(), splits, method=method, **(SHORT | {"epochs": 1}))
    run = execute(planned, tmp_path / "run", page=False)
    (row,) = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    hits = []
    for index, (inputs, label) in enumerate(zip(*splits[1], strict=True)):
        model = perceptron()
        for name, kept in run.ticket.mask.items():
            sign = SignedKaimingConstant().tensor(name, kept.shape).sign()
            model.get_parameter(name).data.copy_(values[index % 3] * sign * kept)
        hits.append(int(model(inputs[None]).argmax()) == int(label))
    assert row["validation_accuracy"] == pytest.approx(sum(hits) / len(hits))


def test_relu_networks_are_two_networks_and_one_of_them_is_dead_without_signs() -> None:
    def relu() -> nn.Module:
        return nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 9), nn.ReLU(), nn.Linear(9, 3))

    powers = (-2.0, -1.0, -0.5, -0.25, 0.25, 0.5, 1.0, 2.0)  # of two: they scale logits exactly, near ties too
    by_signs = {}
    for signs in ("shared", "kept"):
        method = WeightAgnostic(shared_values=powers, signs=signs)
        run = tb.run(relu(), data(), method=method, **(SHORT | {"epochs": 3}))
        rows = run.result["figures"]["shared_values"]
        by_signs[signs] = [row["test_accuracy"] for row in rows]
        assert len(set(by_signs[signs][:4])) == len(set(by_signs[signs][4:])) == 1
    assert by_signs["shared"][0] == pytest.approx(5 / 13), "all logits are zero, and the first class is taken"


def test_batch_norm_has_the_statistics_of_the_tuned_value() -> None:
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(6, 9, bias=False), nn.BatchNorm1d(9), nn.ReLU(), nn.Linear(9, 3))
    splits = data(train=64)
    run = tb.run(model, splits, method=WeightAgnostic(signs="kept"), **SHORT)
    weight = run.ticket.initial_weights()["0.weight"] * run.ticket.mask["0.weight"]
    means = [(batch @ weight.T).mean(0) for batch in splits[0][0].split(64)]
    assert torch.allclose(run.ticket.state["1.running_mean"], torch.stack(means).mean(0), atol=1e-4)


def test_a_regression_is_not_tempered() -> None:
    torch.manual_seed(2)
    inputs = torch.randn(40, 6)
    targets = inputs[:, :1] * 2
    splits = ((inputs[:24], targets[:24]), (inputs[24:32], targets[24:32]), (inputs[32:], targets[32:]))
    model = nn.Sequential(nn.Linear(6, 9), nn.Tanh(), nn.Linear(9, 1))
    run = tb.run(model, splits, method=WeightAgnostic(signs="kept"), **SHORT)
    rows = run.result["figures"]["shared_values"]
    best = min(rows, key=lambda row: row["validation_mae"])
    assert run.result["figures"]["tuned_value"] == best["value"]
    assert run.result["test_mae"] == best["test_mae"]


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, round(54 / 2) + round(27 / 2)),
        ({"density": 0.3}, round(54 * 0.3) + round(27 * 0.3)),
        ({"scope": "global"}, round(81 / 2)),
        ({"allocation": "erk"}, round(81 / 2)),
        ({"layer_density": {"0": 1.0}}, 54 + round(27 / 2)),
        ({"n_of_m": "1:3", "density": 1 / 3}, 18 + 9),
    ],
)
def test_budgets_are_those_of_every_method(settings: dict[str, Any], kept: int) -> None:
    assert tb.find(perceptron(), data(), method=WeightAgnostic(**settings), **SHORT).mask.kept() == kept


@pytest.mark.parametrize("signs", ["shared", "kept"])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_of_models(name: str, signs: Any) -> None:
    family = FAMILIES[name]
    torch.manual_seed(3)
    run = tb.run(
        family.make(), data(name), method=WeightAgnostic(signs=signs), include=family.include, weights="own", **SHORT
    )
    tuned = run.result["figures"]["tuned_value"]
    for weight in run.ticket.initial_weights().values():
        assert bool((weight.abs() == abs(tuned)).all())
        assert signs == "kept" or bool((weight == tuned).all())


def test_a_model_in_double_precision() -> None:
    splits = tuple((inputs.double(), labels) for inputs, labels in data())
    found = tb.find(perceptron().double(), splits, method=WeightAgnostic(), weights="own", **SHORT)
    assert found.initial_weights()["0.weight"].dtype == torch.float64


def test_one_seed_one_ticket_and_another_seed_another() -> None:
    method = WeightAgnostic(signs="kept")
    first, again, other = (tb.find(perceptron(), data(), method=method, seed=seed, **SHORT) for seed in (1, 1, 2))
    assert first.digest == again.digest
    assert first.mask != other.mask


def test_a_search_that_is_stopped_goes_on_with_the_value_that_was_due(tmp_path: Path) -> None:
    settings = SHORT | {"epochs": 4, "lr": 3.0}  # so large that the mask tells which values there were

    def run(folder: Path) -> None:
        torch.manual_seed(2)
        model = nn.Sequential(nn.Linear(6, 30), nn.BatchNorm1d(30), nn.ReLU(), nn.Dropout(0.2), nn.Linear(30, 3))
        execute(plan(model, data(), method=WeightAgnostic(signs="kept"), **settings), folder, page=False)

    check_goes_on(run, tmp_path, kills=(1, 4, 5))
    ends = [tmp_path / name / "checkpoint" / "weight-agnostic" / "state.safetensors" for name in ("whole", "pieces")]
    whole, pieces = ({key: v for key, v in load_file(end).items() if key.startswith("network/")} for end in ends)
    assert {"network/step", "network/sizes", "network/network.selector.scores"} <= whole.keys() == pieces.keys()
    assert all(torch.equal(whole[key], pieces[key]) for key in whole)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"shared_values": ()}, r"shared_values=\(\): expected different numbers, none of them 0"),
        ({"shared_values": (1.0, 0.0)}, "none of them 0"),
        ({"shared_values": (1.0, 1.0)}, "expected different numbers"),
        ({"shared_values": (1.0, float("nan"))}, "expected different numbers"),
        ({"shared_values": (True,)}, "expected different numbers"),
        ({"shared_values": "12"}, "shared_values='12': expected different numbers"),
        ({"shared_values": 1.0}, r"shared_values=1\.0: expected different numbers"),
        ({"signs": "own"}, "unknown signs 'own': .*Known: kept, shared"),
        ({"density": 2}, "density=2: expected 0 < density <= 1"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        WeightAgnostic(**settings)


def test_its_settings_are_a_spec() -> None:
    spec = WeightAgnostic(shared_values=(1, 2)).to_spec()
    assert spec["shared_values"] == [1.0, 2.0]
    assert (spec["name"], spec["signs"], spec["density"]) == ("weight-agnostic", "shared", 0.5)
    assert json.loads(json.dumps(WeightAgnostic().to_spec()))["shared_values"] == list(VALUES)
