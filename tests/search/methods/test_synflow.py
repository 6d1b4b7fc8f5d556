from itertools import pairwise
from typing import Any

import pytest
import torch
from tests.families import FAMILIES
from tests.search.prunings import job_of, network_of, perceptron, splits
from torch import Tensor, nn

import tombola as tb
from tombola.errors import CollapsedError, UsageError
from tombola.masks import kept_count, select_global
from tombola.search.methods.magnitude_at_init import MagnitudeAtInit
from tombola.search.methods.synflow import Flow, SynFlow

SIZES = (6, 9, 7, 5, 3)


def by_paths(matrices: list[Tensor]) -> list[Tensor]:
    """The scores of a perceptron without biases: what flows in, times |w|, times what flows out."""
    absolute = [matrix.double().abs() for matrix in matrices]
    scores = []
    for index, matrix in enumerate(absolute):
        into = torch.ones(absolute[0].shape[1], dtype=torch.float64)
        for earlier in absolute[:index]:
            into = earlier @ into
        out = torch.ones(absolute[-1].shape[0], dtype=torch.float64)
        for later in reversed(absolute[index + 1 :]):
            out = later.T @ out
        scores.append(out[:, None] * matrix * into[None, :])
    return scores


def setting(method: SynFlow, model: nn.Module, **settings: Any) -> Any:
    job = job_of(model, splits(torch.float32), method, **settings)
    return network_of(job), job


@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU])
def test_scores_are_what_flows_through_each_weight(activation: type[nn.Module]) -> None:
    method = SynFlow()
    network, job = setting(method, perceptron(*SIZES, activation=activation, bias=False))
    scores = network.layout.views(method.scores(network, job))
    expected = by_paths(list(network.initial_weights().values()))
    for score, reference in zip(scores, expected, strict=True):
        assert score.dtype == torch.float64
        assert torch.allclose(score, reference, rtol=1e-12)


def test_the_flow_is_conserved_from_layer_to_layer_and_at_every_unit() -> None:
    method = SynFlow()
    network, job = setting(method, perceptron(*SIZES, activation=nn.ReLU, bias=False))
    scores = network.layout.views(method.scores(network, job))
    sums = torch.stack([score.sum() for score in scores])
    assert torch.allclose(sums, sums[0].expand(4), rtol=1e-12)
    for before, after in pairwise(scores):
        assert torch.allclose(before.sum(1), after.sum(0), rtol=1e-12)  # into a unit as much as out of it


@pytest.mark.parametrize("rounds", [1, 4, 25])
def test_the_rounds(rounds: int) -> None:
    method = SynFlow(density=0.1, rounds=rounds)
    network, job = setting(method, perceptron(*SIZES, activation=nn.ReLU, bias=False))
    weights = network.initial_weights()
    kept = {name: torch.ones_like(matrix, dtype=torch.bool) for name, matrix in weights.items()}
    total = sum(matrix.numel() for matrix in weights.values())
    for round_ in range(1, rounds + 1):
        scores = by_paths([matrix * kept[name] for name, matrix in weights.items()])
        named = {
            name: score.masked_fill(~kept[name], -1.0) for (name, _), score in zip(weights.items(), scores, strict=True)
        }
        kept = dict(select_global(named, kept_count(0.1 ** (round_ / rounds), total)))
    mask, last = method.choose(network, job)
    assert all(torch.equal(found, kept[name]) for name, found in network.layout.named(mask).items())
    assert int(mask.sum()) == kept_count(0.1, total)
    assert torch.allclose(last, torch.cat([score.flatten() for score in scores]))


def test_no_layer_collapses_where_magnitude_loses_one() -> None:
    # Weights of the second layer are small, for it has many inputs: over all layers none of them is kept.
    model = perceptron(6, 200, 20, 3, activation=nn.ReLU)
    for density in (0.02, 0.01, 0.003):
        with pytest.raises(CollapsedError, match=r"2\.weight \(0 of 4000 kept\)"):
            tb.find(model, splits(torch.float32), method=MagnitudeAtInit(density=density, scope="global"), epochs=1)
        network, job = setting(SynFlow(density=density), model)
        mask, _ = SynFlow(density=density).choose(network, job)
        for bits in network.layout.named(mask).values():
            assert bool(bits.any())
    found = tb.find(model, splits(torch.float32), method=SynFlow(density=0.003), epochs=1)
    assert found.mask.kept() == round(0.003 * 5260)


def test_many_rounds_keep_a_path_down_to_the_last_weights() -> None:
    network, job = setting(SynFlow(), perceptron(6, 50, 50, 3, activation=nn.ReLU))
    flow = Flow.of(network, job)
    for count in (3, 5, 10):
        method = SynFlow(density=count / network.layout.total)
        mask, _ = method.choose(network, job)
        assert int(mask.sum()) == count
        assert float(flow.scores(mask).sum()) > 0, "something still flows from inputs to outputs"


def test_the_network_is_left_as_it_is() -> None:
    model = FAMILIES["normalised"].make()
    model(torch.randn(40, 2, 8, 8))  # statistics of its own
    data = tuple((FAMILIES["normalised"].inputs(count), torch.arange(count) % 3) for count in (30, 11, 13))
    method = SynFlow(rounds=3)
    job = job_of(model, data, method, weights="own")
    network = network_of(job)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    random_state = torch.get_rng_state()
    method.choose(network, job)
    assert network.weights.dtype == torch.float32
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random_state)


def test_a_deep_network_does_not_overflow() -> None:
    model = perceptron(6, *[100] * 60, 3, activation=nn.ReLU)
    network, job = setting(SynFlow(), model)
    scores = SynFlow().scores(network, job)
    assert float(scores.max()) > 1e39  # beyond float32
    assert bool(torch.isfinite(scores).all())


def test_an_embedding_is_a_linear_layer_of_every_word() -> None:
    class Words(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.head = nn.Embedding(7, 6), nn.Linear(6, 3, bias=False)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.head(torch.relu(self.words(tokens)).mean(1))  # type: ignore[no-any-return]

    method = SynFlow()
    torch.manual_seed(3)
    data = tuple((torch.randint(0, 7, (count, 5)), torch.arange(count) % 3) for count in (30, 11, 13))
    job = job_of(Words(), data, method)
    network = network_of(job)
    named = network.initial_weights()
    expected = by_paths([named["words.weight"].T, named["head.weight"]])
    found = network.layout.named(method.scores(network, job))
    assert torch.allclose(found["words.weight"], expected[0].T, rtol=1e-12)
    assert torch.allclose(found["head.weight"], expected[1], rtol=1e-12)


def test_tokens_without_an_embedding_are_refused() -> None:
    class OneHot(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(7, 3)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.head(nn.functional.one_hot(tokens, 7).float().mean(1))  # type: ignore[no-any-return]

    data = tuple((torch.randint(0, 7, (count, 5)), torch.arange(count) % 3) for count in (30, 11, 13))
    with pytest.raises(UsageError, match=r"OneHot takes torch.int64 without an embedding: use snip or grasp"):
        tb.find(OneHot(), data, method=SynFlow(), epochs=1)


def test_a_layer_norm_lets_the_signal_through() -> None:
    torch.manual_seed(4)
    plain = nn.Sequential(nn.Linear(6, 8, bias=False), nn.ReLU(), nn.Linear(8, 3, bias=False))
    normed = nn.Sequential(nn.Linear(6, 8, bias=False), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 3, bias=False))
    normed[0].weight, normed[3].weight = plain[0].weight, plain[2].weight
    scores = []
    for model in (plain, normed):
        network, job = setting(SynFlow(), model, weights="own")
        scores.append(SynFlow().scores(network, job))
    assert torch.equal(*scores)


def test_biases_flow_in_absolute_value() -> None:
    torch.manual_seed(4)
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    network, job = setting(SynFlow(), model, weights="own")
    first, second = (model.get_parameter(name).detach().double().abs() for name in ("0.weight", "2.weight"))
    hidden = first.sum(1) + model.get_parameter("0.bias").detach().double().abs()
    found = network.layout.views(SynFlow().scores(network, job))
    assert torch.allclose(found[1], second * hidden[None, :], rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"scope": "layerwise", "density": 0.2}, {"0.weight": 11, "2.weight": 13, "4.weight": 7, "6.weight": 3}),
        (
            {"scope": "layerwise", "density": 0.2, "layer_density": {"6": 1.0}},
            {"0.weight": 11, "2.weight": 13, "4.weight": 7, "6.weight": 15},
        ),
        ({"scope": "layerwise", "n_of_m": "1:3", "density": 1 / 3}, {"0.weight": 18, "2.weight": 21}),
    ],
)
def test_every_budget(settings: dict[str, Any], expected: dict[str, int]) -> None:
    method = SynFlow(rounds=7, **settings)
    sizes = SIZES if "n_of_m" not in settings else (6, 9, 7)
    network, job = setting(method, perceptron(*sizes, activation=nn.ReLU))
    mask, _ = method.choose(network, job)
    named = network.layout.named(mask)
    assert {name: int(bits.sum()) for name, bits in named.items()} == expected
    if "n_of_m" in settings:
        assert all(bool((bits.view(len(bits), -1, 3).sum(-1) == 1).all()) for bits in named.values())


def test_what_is_removed_stays_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    # Most hidden units lose their way out, so the first layer must keep weights without flow: not those removed before.
    masks: list[Tensor] = []
    real = Flow.scores

    def scores(self: Flow, mask: Tensor) -> Tensor:
        masks.append(mask)
        return real(self, mask)

    monkeypatch.setattr(Flow, "scores", scores)
    method = SynFlow(scope="layerwise", density=0.5, layer_density={"2": 0.05}, rounds=6)
    network, job = setting(method, perceptron(6, 20, 3, activation=nn.ReLU))
    last, flows = method.choose(network, job)
    assert bool((flows[last] == 0).any()), "some that are kept have no flow"
    for before, after in pairwise([*masks, last]):
        assert not bool((after & ~before).any())


def test_erk_keeps_its_counts() -> None:
    method = SynFlow(rounds=7, scope="layerwise", allocation="erk", density=0.2)
    network, job = setting(method, perceptron(*SIZES, activation=nn.ReLU))
    mask, _ = method.choose(network, job)
    asked = {name: round(d * network.layout.sized[name]) for name, d in method.densities(network.layout).items()}
    assert {name: int(bits.sum()) for name, bits in network.layout.named(mask).items()} == asked


@pytest.mark.parametrize("rounds", [0, -3, 1.5, True, "100", 10**6])
def test_what_is_refused(rounds: Any) -> None:
    with pytest.raises(UsageError, match=f"rounds={rounds!r}: expected a whole number from 1 to 100000"):
        SynFlow(rounds=rounds)
