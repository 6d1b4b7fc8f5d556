import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.families import FAMILIES
from tests.search.kills import check_goes_on
from tests.search.prunings import perceptron, splits
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import UsageError
from tombola.search import Workspace
from tombola.search.methods.edge_popup import EdgePopup
from tombola.search.methods.iterand import IteRand, RedrawnWeights, Redraws
from tombola.subnetwork import Layout, Subnetwork, TopCounts
from tombola.training import derive
from tombola.weights import KaimingNormal, SignedKaimingConstant

LAYOUT = Layout(("a", "b"), ((20, 30), (5, 8)))
DATA = splits(torch.float32)  # 90 training examples: 6 iterations an epoch in batches of 16
SETTINGS: dict[str, Any] = {"epochs": 4, "batch_size": 16, "precision": "32"}


def model() -> nn.Sequential:
    return perceptron(6, 12, 3, activation=nn.ReLU)


def redraws(every: int = 3, fraction: float = 0.5) -> Redraws:
    return Redraws(LAYOUT, KaimingNormal(seed=1), dict.fromkeys(LAYOUT.names, 0.5), 7, every, fraction)


def selector(every: int = 3, fraction: float = 0.5) -> RedrawnWeights:
    torch.manual_seed(0)
    what, scores = redraws(every, fraction), torch.randn(LAYOUT.total)
    weights = what.drawn(what.recipe, like=torch.zeros(()))
    return RedrawnWeights(LAYOUT, TopCounts(LAYOUT.sizes, (300, 20)), scores, weights, what)


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> list[Subnetwork]:
    kept: list[Subnetwork] = []
    real = Workspace.subnetwork

    def subnetwork(*given: Any, **named: Any) -> Subnetwork:
        kept.append(real(*given, **named))
        return kept[-1]

    monkeypatch.setattr(Workspace, "subnetwork", subnetwork)
    return kept


def test_removed_weights_alone_are_drawn_anew_part_of_them_each_from_the_distribution() -> None:
    what, mask = redraws(fraction=0.3), torch.rand(LAYOUT.total) < 0.5
    before = torch.randn(LAYOUT.total)
    after = what.redrawn(before, mask, step=6)
    recipe = KaimingNormal(seed=derive(7, "iterand", 6))
    fresh = LAYOUT.flatten({name: recipe.tensor(name, shape) for name, shape in LAYOUT.by_name.items()})
    changed = after != before
    assert torch.equal(after[mask], before[mask])
    assert torch.equal(after[changed], fresh[changed])
    removed = int((~mask).sum())
    share = int(changed.sum()) / removed
    assert abs(share - 0.3) < 4 * math.sqrt(0.21 / removed)


def test_all_removed_weights_are_drawn_anew_at_a_fraction_of_one() -> None:
    mask = torch.rand(LAYOUT.total) < 0.5
    before = torch.full((LAYOUT.total,), 9.0)
    after = redraws(fraction=1).redrawn(before, mask, step=3)
    assert bool((after[~mask] != 9).all())
    assert torch.equal(after[mask], before[mask])


def test_draws_differ_from_iteration_to_iteration_and_repeat() -> None:
    nothing, zeros = torch.zeros(LAYOUT.total, dtype=torch.bool), torch.zeros(LAYOUT.total)
    first, again, later = (redraws().redrawn(zeros, nothing, step) for step in (3, 3, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, later)
    assert not torch.equal(first != 0, later != 0), "other weights are chosen, too"


def test_a_scaled_recipe_stays_scaled() -> None:
    densities = {"a": 0.25, "b": 1.0}
    plain, scaled = (
        Redraws(LAYOUT, KaimingNormal(seed=1, scaled=is_scaled), densities, 7, 3, 1.0).redrawn(
            torch.zeros(LAYOUT.total), torch.zeros(LAYOUT.total, dtype=torch.bool), 3
        )
        for is_scaled in (False, True)
    )
    assert torch.allclose(scaled[:600], 2 * plain[:600])
    assert torch.equal(scaled[600:], plain[600:])


def test_it_happens_after_every_so_many_training_passes() -> None:
    select = selector(every=3)
    seen: list[Tensor] = []
    for _ in range(11):
        select(torch.zeros(LAYOUT.total), torch.float32)
        seen.append(select.weights.clone())
    changes = [step for step in range(1, 11) if not torch.equal(seen[step], seen[step - 1])]
    assert changes == [3, 6, 9]
    assert int(select.steps) == 11
    assert select.figures(seen[0])["redraws"] == 3


def test_evaluation_neither_counts_nor_draws() -> None:
    select = selector(every=1)
    before = select.weights.clone()
    select.eval()
    for _ in range(5):
        select(torch.zeros(LAYOUT.total), torch.float32)
    select.train()
    with torch.no_grad():
        for _ in range(5):
            select(torch.zeros(LAYOUT.total), torch.float32)
    assert int(select.steps) == 0
    assert torch.equal(select.weights, before)


def test_the_present_weights_and_mask_are_what_is_used_and_gradients_reach_all_scores() -> None:
    select = selector(every=1, fraction=1.0)
    for _ in range(3):
        masked = select(torch.zeros(LAYOUT.total), torch.float32)
    flat = torch.cat([view.flatten() for view in masked])
    assert torch.equal(flat, select.weights * select.flat_mask())
    upstream = torch.randn(LAYOUT.total)
    (flat * upstream).sum().backward()
    assert torch.allclose(select.scores.grad, upstream * select.weights * select.scores.sign())  # type: ignore[arg-type]


def test_weights_and_counter_are_in_the_state_and_stay_in_their_types() -> None:
    select = selector(every=2)
    assert set(select.state_dict()) == {"scores", "weights", "steps"}
    for _ in range(5):
        select(torch.zeros(LAYOUT.total), torch.float32)
    other = selector(every=2)
    other.load_state_dict(select.state_dict())
    for _ in range(4):
        for one in (select, other):
            one(torch.zeros(LAYOUT.total), torch.float32)
        assert torch.equal(select.weights, other.weights)
    select.to(torch.float64)
    assert select.steps.dtype == torch.int64
    assert select.weights.dtype == torch.float64


def test_the_ticket_holds_the_weights_that_were_left(caught: list[Subnetwork], tmp_path: Path) -> None:
    method = IteRand(redraw_every="2it", redraw_fraction=0.5)
    done = execute(plan(model(), DATA, method=method, **SETTINGS), tmp_path / "run", page=False)
    (network,) = caught
    assert isinstance(network.selector, RedrawnWeights)
    held = network.layout.named(network.selector.weights)
    recipe = SignedKaimingConstant(seed=0)
    for name, values in done.ticket.initial_weights().items():
        kept = done.ticket.mask[name]
        assert torch.equal(values[kept], held[name][kept])
        assert bool((values.abs() == recipe.std(values.shape)).all()), "still of the distribution"
    assert not done.result["audit"]["equal"]
    assert done.result["figures"]["redraws"] == (done.result["chosen_epoch"] * 6 - 1) // 2
    assert 0 < done.result["figures"]["kept_redrawn"] < 54
    tb.load(tmp_path / "run" / "ticket")
    inputs, labels = DATA[2]
    with torch.no_grad():
        outputs = done.ticket.build(model()).eval()(inputs)
        assert torch.equal(outputs, network.eval()(inputs))
    assert done.result["test_accuracy"] == float((outputs.argmax(1) == labels).double().mean())


def test_without_a_redraw_it_is_edge_popup() -> None:
    once = tb.find(model(), DATA, method=IteRand(redraw_every="999it"), **SETTINGS)
    other = tb.find(model(), DATA, method=EdgePopup(), **SETTINGS)
    assert all(torch.equal(bits, other.mask[name]) for name, bits in once.mask.items())
    for name, values in once.initial_weights().items():
        assert torch.equal(values, other.initial_weights()[name])


def test_seeds_decide() -> None:
    method = IteRand(redraw_every="2it", redraw_fraction=0.5)
    first, again, other = (tb.find(model(), DATA, method=method, seed=seed, **SETTINGS) for seed in (0, 0, 1))
    assert first.digest == again.digest != other.digest


def test_epochs_are_those_of_the_data(caught: list[Subnetwork]) -> None:
    tb.find(model(), DATA, method=IteRand(redraw_every="2ep"), **SETTINGS)
    selector = caught[0].selector
    assert isinstance(selector, RedrawnWeights)
    assert selector.redraws.every == 12


def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    method = IteRand(redraw_every="2it", redraw_fraction=0.5)

    def run(folder: Path) -> None:
        execute(plan(model(), DATA, method=method, **SETTINGS), folder, page=False)

    check_goes_on(run, tmp_path, kills=(3, 4, 7))


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(name: str) -> None:
    family = FAMILIES[name]
    data = tuple((family.inputs(count), torch.arange(count) % family.classes) for count in (30, 11, 13))
    method = IteRand(density=0.4, redraw_every="1it", redraw_fraction=1.0)
    done = tb.run(family.make(), data, method=method, include=family.include, epochs=1, batch_size=8, precision="32")
    assert done.result["figures"]["redraws"] == 3
    for bits in done.ticket.mask.values():
        assert int(bits.sum()) == max(1, round(0.4 * bits.numel()))
    with torch.no_grad():
        outputs = done.ticket.build(family.make()).eval()(data[2][0])
    assert done.result["test_accuracy"] == float((outputs.argmax(1) == data[2][1]).double().mean())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_a_model_in_another_precision(dtype: torch.dtype, caught: list[Subnetwork]) -> None:
    data = tuple((inputs.to(dtype), labels) for inputs, labels in DATA)
    method = IteRand(redraw_every="1it", redraw_fraction=1.0)
    found = tb.find(model().to(dtype), data, method=method, **SETTINGS)
    assert isinstance(caught[0].selector, RedrawnWeights)
    assert caught[0].selector.weights.dtype == dtype
    assert found.initial_weights()["0.weight"].dtype == dtype


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"redraw_every": "0it"}, "redraw_every=0it: expected 1 or more epochs or iterations"),
        ({"redraw_every": "often"}, "step 'often': expected epochs as 2ep, or iterations as 500it"),
        ({"redraw_every": 300}, "step 300: expected epochs as 2ep, or iterations as 500it"),
        ({"redraw_fraction": 0}, "redraw_fraction=0: expected 0 < redraw_fraction <= 1"),
        ({"redraw_fraction": 1.5}, r"redraw_fraction=1\.5: expected 0 < redraw_fraction <= 1; did you mean 0\.015\?"),
        ({"redraw_fraction": float("nan")}, "redraw_fraction=nan: expected 0 < redraw_fraction <= 1"),
        ({"redraw_fraction": True}, "redraw_fraction=True: expected 0 < redraw_fraction <= 1"),
        ({"density": 2}, r"density=2: expected 0 < density <= 1; did you mean 0\.02"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        IteRand(**settings)


def test_own_weights_have_no_distribution() -> None:
    with pytest.raises(UsageError, match="iterand draws weights anew, and weights=own have no recipe"):
        tb.find(model(), DATA, method=IteRand(), weights="own", epochs=1)


def test_the_spec_and_the_defaults() -> None:
    assert IteRand.defaults == tb.Training()
    assert IteRand().to_spec() == {
        "name": "iterand",
        "density": 0.5,
        "layer_density": {},
        "scope": "layerwise",
        "allocation": "uniform",
        "n_of_m": None,
        "redraw_every": "1ep",
        "redraw_fraction": 0.1,
    }
