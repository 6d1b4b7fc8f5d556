import pytest
import torch
from tests.search.prunings import perceptron, splits
from torch import Tensor, nn

import tombola as tb
from tombola.search.methods.biprop import Biprop, TopSigns, gains
from tombola.subnetwork import Layout, TopCounts
from tombola.subnetwork.straight_through import straight_through
from tombola.weights import KaimingNormal, SignedKaimingConstant

LAYOUT = Layout(("a", "b"), ((4, 5), (3, 4)))
CHOOSE = TopCounts((20, 12), (7, 4))


def data() -> tuple[tuple[Tensor, Tensor], ...]:
    return tuple((inputs.float(), labels) for inputs, labels in splits())


def slow(weights: Tensor, scores: Tensor) -> Tensor:
    """The binarised weights, one at a time."""
    out = []
    for values, ranks, count in zip(LAYOUT.segments(weights), LAYOUT.segments(scores), (7, 4), strict=True):
        order = sorted(range(len(values)), key=lambda i, ranks=ranks: (-abs(float(ranks[i])), i))  # type: ignore[misc]
        kept = set(order[:count])
        size = sum(abs(float(values[i])) for i in kept) / count
        signs = [(float(w) > 0) - (float(w) < 0) for w in values]
        out += [size * sign if i in kept else 0.0 for i, sign in enumerate(signs)]
    return torch.tensor(out, dtype=torch.float64)


def flat(parts: tuple[Tensor, ...]) -> Tensor:
    return torch.cat([part.flatten() for part in parts])


def test_kept_weights_have_their_signs_and_one_size_a_layer() -> None:
    torch.manual_seed(0)
    weights, scores = torch.randn(32, dtype=torch.float64), torch.randn(32)
    weights[::5] = 0.0
    select = TopSigns(LAYOUT, CHOOSE, scores)
    for mode in (select.train(), select.eval()):
        assert torch.allclose(flat(mode(weights, torch.float64)), slow(weights, scores), rtol=1e-12, atol=0)
    assert [part.dtype for part in select(weights, torch.bfloat16)] == [torch.bfloat16] * 2


def test_each_score_has_the_gradient_of_its_weight_at_its_own_size() -> None:
    torch.manual_seed(1)
    weights, scores, upstream = torch.randn(32), torch.randn(32), torch.randn(32)
    weights[3] = 0.0
    select = TopSigns(LAYOUT, CHOOSE, scores)
    (flat(select(weights, torch.float32)) * upstream).sum().backward()
    assert select.scores.grad is not None
    assert torch.allclose(select.scores.grad, upstream * weights * scores.sign())
    assert int((select.scores.grad != 0).sum()) == 31, "removed weights learn too, a weight of zero never"


def test_with_weights_of_one_size_it_is_edge_popup() -> None:
    torch.manual_seed(2)
    weights = LAYOUT.fill(SignedKaimingConstant().tensor)
    scores, upstream = torch.randn(32), torch.randn(32)
    select, other = TopSigns(LAYOUT, CHOOSE, scores), scores.clone().requires_grad_()
    binary, plain = (
        flat(select(weights, torch.float32)),
        flat(straight_through(other, weights, CHOOSE, LAYOUT, torch.float32)),
    )
    assert torch.allclose(binary, plain, rtol=1e-6, atol=0)
    (binary * upstream).sum().backward()
    (plain * upstream).sum().backward()
    assert select.scores.grad is not None
    assert other.grad is not None
    assert torch.equal(select.scores.grad, other.grad)


def test_a_layer_that_keeps_nothing_has_no_size() -> None:
    sizes = gains(torch.tensor([2.0, -4.0, 5.0]), torch.tensor([True, True, False]), Layout(("a", "b"), ((2,), (1,))))
    assert [float(size) for size in sizes] == [3.0, 0.0]


@pytest.mark.parametrize("method", [Biprop(density=0.3), Biprop(density=0.3, scope="global"), Biprop(n_of_m="1:2")])
def test_the_ticket_is_binary(method: Biprop) -> None:
    run = tb.run(perceptron(6, 20, 4, 3), data(), method=method, epochs=2, batch_size=15, precision="32", seed=4)
    ticket = run.ticket
    built = ticket.build(perceptron(6, 20, 4, 3))
    assert ticket.mask.kept() == pytest.approx(method.density * 212, abs=1.5)
    for name, kept in ticket.mask.items():
        drawn = KaimingNormal(seed=4).tensor(name, kept.shape)
        size = run.result["figures"]["gains"][name]
        assert size == pytest.approx(float(drawn[kept].abs().double().mean()), rel=1e-6)
        expected = torch.where(kept, drawn.sign() * torch.tensor(size), torch.tensor(0.0))
        assert torch.equal(built.get_parameter(name), expected)
    assert not run.result["audit"]["equal"], "the weights are no longer those drawn"


def test_weights_of_zero_stay_zero() -> None:
    model = perceptron(6, 20, 3)
    with torch.no_grad():
        model.get_parameter("0.weight")[:, ::2] = 0.0
    ticket = tb.find(model, data(), method=Biprop(density=0.9), weights="own", epochs=1, precision="32")
    built = ticket.build(perceptron(6, 20, 3))
    assert ticket.mask["0.weight"][:, ::2].any()
    assert not built.get_parameter("0.weight")[:, ::2].any()
    assert built.get_parameter("0.weight")[:, 1::2].unique().numel() == 3


def test_it_learns() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 100), nn.ReLU(), nn.Linear(100, 3))
    run = tb.run(model, data(), method=Biprop(), epochs=40, batch_size=15, precision="32")
    accuracies = {row["name"]: row["test_accuracy"] for row in run.result["comparison"]}
    assert accuracies["multi-prize ticket"] >= 0.8
    assert accuracies["random mask"] <= 0.65


def test_the_spec() -> None:
    assert Biprop(density=0.2).to_spec() == {
        "name": "biprop",
        "density": 0.2,
        "layer_density": {},
        "scope": "layerwise",
        "allocation": "uniform",
        "n_of_m": None,
    }
