"""Pruning before training: what all its methods have in common."""

import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.families import FAMILIES
from tests.search.kills import check_goes_on
from tests.search.prunings import job_of, network_of, perceptron, splits
from torch import nn

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import CollapsedError, UsageError
from tombola.masks import allocate
from tombola.search import Workspace
from tombola.search.methods.grasp import Grasp
from tombola.search.methods.magnitude_at_init import MagnitudeAtInit
from tombola.search.methods.random_pruning import RandomPruning
from tombola.search.methods.snip import Snip
from tombola.search.methods.synflow import SynFlow
from tombola.search.parts.before_training import BeforeTraining
from tombola.weights import KaimingNormal

METHODS: tuple[BeforeTraining, ...] = (
    Snip(density=0.3),
    Grasp(density=0.3),
    SynFlow(density=0.3, rounds=4),
    MagnitudeAtInit(density=0.3),
    RandomPruning(density=0.3),
)
each_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
DATA = splits(torch.float32)
SETTINGS: dict[str, Any] = {"epochs": 3, "batch_size": 16, "precision": "32"}


def model() -> nn.Sequential:
    return perceptron(6, 12, 3, activation=nn.ReLU)


@each_method
def test_the_ticket_is_untrained_and_what_it_was_trained_to_is_masked(method: BeforeTraining, tmp_path: Path) -> None:
    done = execute(plan(model(), DATA, method=method, **SETTINGS), tmp_path / "run", page=False)
    ticket, trained = done.ticket, tb.load(tmp_path / "run" / "trained")
    assert ticket.mask.kept() in ((32,) if method.scope == "global" else (round(0.3 * 72) + round(0.3 * 36),))
    recipe = KaimingNormal(seed=0)
    for name, values in ticket.initial_weights().items():
        assert torch.equal(values, recipe.tensor(name, tuple(values.shape)))
    built, learned = ticket.build(model()), trained.build(model())
    for name, kept in ticket.mask.items():
        assert torch.equal(trained.mask[name], kept)
        assert not built.get_parameter(name)[~kept].any()
        assert not learned.get_parameter(name)[~kept].any()
        assert not torch.equal(learned.get_parameter(name)[kept], built.get_parameter(name)[kept])
    assert done.result["trained"]
    assert done.result["audit"]["equal"]
    names = [row["name"] for row in done.result["comparison"]]
    assert names[:2] == [method.title, "the same before training"]
    first, second = done.result["comparison"][:2]
    assert first["test_loss"] != second["test_loss"]
    assert done.result["test_accuracy"] == first["test_accuracy"]
    assert (tmp_path / "run" / "metrics.jsonl").read_text().count("\n") == 3


@each_method
def test_seeds_decide(method: BeforeTraining) -> None:
    def mask(**seeds: int) -> Any:
        found = tb.find(model(), DATA, method=method, seed=tb.Seeds(**seeds), **SETTINGS)
        return torch.cat([bits.flatten() for bits in found.mask.values()])

    assert torch.equal(mask(), mask())
    by_weights = not isinstance(method, RandomPruning)
    assert torch.equal(mask(), mask(init_seed=1)) is not by_weights
    by_draws = isinstance(method, Snip | Grasp | RandomPruning)
    assert torch.equal(mask(), mask(mask_seed=1)) is not by_draws
    assert torch.equal(mask(), mask(data_seed=1))


@each_method
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(method: BeforeTraining, name: str) -> None:
    family = FAMILIES[name]
    torch.manual_seed(11)
    data = [(family.inputs(count), torch.arange(count) % family.classes) for count in (30, 11, 13)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        done = tb.run(
            family.make(), tuple(data), method=method, include=family.include, epochs=1, batch_size=8, precision="32"
        )
    if method.scope == "global":
        assert done.ticket.mask.kept() == round(0.3 * done.ticket.mask.numel())
    with torch.no_grad():
        outputs = done.ticket.build(family.make()).eval()(data[2][0])
    hits = (outputs.argmax(1) == data[2][1]).double().mean()
    assert done.result["comparison"][1]["test_accuracy"] == float(hits)


@each_method
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_a_model_in_another_precision(method: BeforeTraining, dtype: torch.dtype) -> None:
    data = tuple((inputs.to(dtype), labels) for inputs, labels in DATA)
    own = model().to(dtype)
    found = tb.find(own, data, method=method, weights="own", epochs=1, batch_size=16, precision="32")
    for name, values in found.initial_weights().items():
        assert values.dtype == dtype
        assert torch.equal(values, own.get_parameter(name))


@pytest.mark.parametrize("weights", ["own", KaimingNormal(seed=3, scaled=True)], ids=["own", "scaled"])
def test_training_begins_from_the_tickets_weights(weights: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[dict[str, torch.Tensor]] = []
    real = Workspace.train

    def train(self: Workspace, name: str, network: nn.Module, *given: Any, **named: Any) -> Any:
        begun.append({key: value.detach().clone() for key, value in network.state_dict().items()})
        return real(self, name, network, *given, **named)

    monkeypatch.setattr(Workspace, "train", train)
    found = tb.find(model(), DATA, method=Snip(density=0.25), weights=weights, **SETTINGS)
    built = found.build(model()).state_dict()
    assert list(begun[0]) == list(built)
    assert all(torch.equal(begun[0][name], values) for name, values in built.items())
    if weights != "own":
        assert float(found.initial_weights()["0.weight"].std()) == pytest.approx(2 * (2 / 6) ** 0.5, rel=0.2)


@each_method
def test_a_killed_run_goes_on(method: BeforeTraining, tmp_path: Path) -> None:
    def run(folder: Path) -> None:
        execute(plan(model(), DATA, method=method, **SETTINGS), folder, page=False)

    check_goes_on(run, tmp_path, kills=(4, 5))


def test_magnitudes_are_what_ranks() -> None:
    job = job_of(model(), DATA, MagnitudeAtInit(density=0.3))
    network = network_of(job)
    mask, scores = MagnitudeAtInit(density=0.3).choose(network, job)
    assert torch.equal(scores, network.weights.detach().abs())
    for kept, values in zip(network.layout.segments(mask), network.layout.segments(scores), strict=True):
        assert values[kept].min() >= values[~kept].max()


@pytest.mark.parametrize("allocation", ["uniform", "erk"])
def test_random_pruning_keeps_what_the_allocation_says(allocation: str) -> None:
    method = RandomPruning(density=0.2, allocation=allocation)
    job = job_of(perceptron(6, 40, 40, 3), DATA, method)
    network = network_of(job)
    mask, _ = method.choose(network, job)
    kept = {name: int(bits.sum()) for name, bits in network.layout.named(mask).items()}
    assert kept == allocate(allocation, network.layout.by_name, 0.2)
    # Nothing but chance decides: rows and columns are used about equally.
    bits = network.layout.named(mask)["2.weight"].double()
    assert float(bits.sum(0).std()) < 2 * (40 * 0.2) ** 0.5


def test_random_pruning_over_all_layers_favours_none() -> None:
    method = RandomPruning(density=0.3, scope="global")
    job = job_of(perceptron(6, 200, 40, 3), DATA, method)
    network = network_of(job)
    mask, _ = method.choose(network, job)
    assert int(mask.sum()) == round(0.3 * network.layout.total)
    for bits in network.layout.segments(mask):
        assert abs(float(bits.double().mean()) - 0.3) < 5 * (0.21 / len(bits)) ** 0.5


def test_defaults() -> None:
    assert [method.scope for method in METHODS] == ["global", "global", "global", "layerwise", "layerwise"]
    assert [method.name for method in METHODS] == ["snip", "grasp", "synflow", "magnitude", "random"]
    for method in METHODS:
        assert method.defaults == tb.Training()
        assert method.weights == "kaiming-normal"


def test_a_collapse_is_named_before_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workspace, "train", lambda *_, **__: pytest.fail("nothing may be trained"))
    wide = perceptron(6, 200, 20, 3, activation=nn.ReLU)
    with pytest.raises(CollapsedError, match=r"2\.weight \(0 of 4000 kept\)"):
        tb.find(wide, DATA, method=MagnitudeAtInit(density=0.01, scope="global"), epochs=1)


def test_inputs_that_the_model_does_not_take() -> None:
    with pytest.raises(UsageError, match="does not take inputs of shape"):
        tb.find(perceptron(5, 4, 3), DATA, method=Snip(), epochs=1)
