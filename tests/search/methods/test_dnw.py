import copy
from typing import Any

import pytest
import torch
from tests.search.prunings import perceptron, splits
from torch import Tensor, nn

import tombola as tb
from tombola.masks import Mask
from tombola.search.methods.dnw import DNW, TopMagnitudes
from tombola.subnetwork import Layout, Subnetwork, TopCounts, prunable_layout
from tombola.weights import KaimingNormal

LAYOUT = Layout(("a", "b"), ((4, 5), (3, 4)))
CHOOSE = TopCounts((20, 12), (7, 4))


def data(dtype: torch.dtype = torch.float32) -> tuple[tuple[Tensor, Tensor], ...]:
    return tuple((inputs.to(dtype), labels) for inputs, labels in splits())


def flat(parts: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([part.flatten() for part in parts])


def wired(model: nn.Module) -> Subnetwork:
    layout = prunable_layout(model)
    network = Subnetwork(model, Mask({name: torch.ones(shape).bool() for name, shape in layout.by_name.items()}))
    choose = TopCounts(layout.sizes, tuple(size // 2 for size in layout.sizes))
    network.selector = TopMagnitudes(layout, choose, network.weights)
    return network.unfreeze()


def test_the_largest_are_used_and_every_weight_gets_their_gradient() -> None:
    torch.manual_seed(0)
    weights, upstream = nn.Parameter(torch.randn(32)), torch.randn(32)
    select = TopMagnitudes(LAYOUT, CHOOSE, weights)
    used = flat(select(weights, torch.float32))
    (used * upstream).sum().backward()
    kept = torch.zeros(32, dtype=torch.bool)
    for part, values, count in zip(LAYOUT.segments(kept), LAYOUT.segments(weights.detach()), (7, 4), strict=True):
        part[sorted(range(len(values)), key=lambda i, values=values: -abs(float(values[i])))[:count]] = True  # type: ignore[misc]
    assert torch.equal(used, torch.where(kept, weights, torch.tensor(0.0)))
    assert torch.equal(select.flat_mask(), kept)
    assert weights.grad is not None
    assert torch.equal(weights.grad, upstream), "removed ones too"


def test_a_removed_weight_comes_back_with_the_value_it_grew_to() -> None:
    model = nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 0.5]]))
    network = wired(model)
    optimizer = torch.optim.SGD([network.weights], lr=0.4)
    used = []
    for _ in range(3):
        used.append(flat(tuple(network.masked_weights().values())).tolist())
        optimizer.zero_grad()
        (-network(torch.tensor([[0.0, 1.0]]))).sum().backward()
        optimizer.step()
    assert used == [[1.0, 0.0], [1.0, 0.0], [0.0, pytest.approx(1.3)]]


def test_the_mask_follows_the_network_wherever_it_goes() -> None:
    network = wired(perceptron(6, 5, 3))
    assert not list(network.selector.parameters())
    copied = copy.deepcopy(network)
    with torch.no_grad():
        copied.weights.copy_(-network.weights.flip(0))
    assert copied.mask != network.mask
    before = network.mask
    network.double()
    with torch.no_grad():
        network.weights.copy_(copied.weights)
    assert network.mask == copied.mask != before


def found(method: DNW, model: nn.Module, splits: Any = None, **changed: Any) -> tb.Run:
    settings: dict[str, Any] = {"epochs": 3, "batch_size": 15, "precision": "32"} | changed
    return tb.run(model, splits or data(), method=method, **settings)


@pytest.mark.parametrize("method", [DNW(density=0.3), DNW(density=0.3, scope="global"), DNW(n_of_m="1:2")])
def test_the_ticket_is_the_last_mask_and_the_first_weights(method: DNW, tmp_path: Any) -> None:
    run = found(method, perceptron(6, 20, 4, 3), seed=2, out=tmp_path / "run")
    ticket, trained = run.ticket, tb.load(tmp_path / "run" / "trained")
    assert run.result["trained"]
    assert run.result["audit"]["equal"]
    assert isinstance(ticket.weights, KaimingNormal)
    assert trained.mask == ticket.mask
    first, last = ticket.build(perceptron(6, 20, 4, 3)), trained.build(perceptron(6, 20, 4, 3))
    for name, kept in ticket.mask.items():
        drawn = KaimingNormal(seed=2).tensor(name, kept.shape)
        assert torch.equal(first.get_parameter(name), drawn * kept)
        assert not last.get_parameter(name)[~kept].any()
        assert not torch.equal(last.get_parameter(name)[kept], drawn[kept])
    biases = [name for name, _ in first.named_parameters() if "bias" in name]
    assert not any(first.get_parameter(name).any() for name in biases)
    assert all(last.get_parameter(name).any() for name in biases)
    rows = [row["name"] for row in run.result["comparison"]]
    assert rows[:2] == ["discovered wiring", "the same before training"]


def test_kept_weights_are_the_largest_of_the_trained_ones() -> None:
    run = found(DNW(density=0.25), perceptron(6, 40, 3), lr=0.5)
    histograms = {row["name"]: row for row in run.result["scores"]}
    for row in histograms.values():
        lowest = next(index for index, count in enumerate(row["kept"]) if count)
        assert not any(row["removed"][lowest + 1 :])
    kept = run.ticket.mask.kept()
    assert kept == 60 + 30
    assert 0 < run.result["figures"]["kept_from_the_start"] < kept, "weights were exchanged on the way"


def test_normalisation_begins_afresh_in_the_ticket_and_is_trained() -> None:
    def model() -> nn.Module:
        torch.manual_seed(3)
        return nn.Sequential(nn.Linear(6, 10), nn.BatchNorm1d(10), nn.ReLU(), nn.Linear(10, 3))

    begun = found(DNW(), model(), batch_size=18).ticket.build(model())
    norm = begun[1]  # type: ignore[index]
    assert (int(norm.num_batches_tracked), float(norm.running_mean.abs().sum())) == (0, 0.0)
    assert torch.equal(norm.weight, torch.ones(10))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_it_trains_in_the_models_own_precision(dtype: torch.dtype) -> None:
    ticket = found(DNW(density=0.4), perceptron(6, 10, 3).to(dtype), data(dtype), weights="own", lr=0.01).ticket
    assert ticket.initial_weights()["0.weight"].dtype == dtype
    assert ticket.mask.kept() == 36


def test_it_learns_what_a_random_mask_does_not() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 60), nn.ReLU(), nn.Linear(60, 3))
    run = found(DNW(density=0.1), model, epochs=40)
    accuracies = {row["name"]: row["test_accuracy"] for row in run.result["comparison"]}
    assert accuracies["discovered wiring"] >= 0.8
    assert accuracies["random mask"] <= 0.65


def test_the_spec() -> None:
    assert DNW(density=0.2).to_spec() == {
        "name": "dnw",
        "density": 0.2,
        "layer_density": {},
        "scope": "layerwise",
        "allocation": "uniform",
        "n_of_m": None,
    }
