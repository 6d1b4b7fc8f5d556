import itertools
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.families import FAMILIES, Mlp
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import CollapsedError, UsageError
from tombola.masks import Mask, top_k_mask
from tombola.masks.criteria import CRITERIA, criterion_scores
from tombola.search import Found, Workspace
from tombola.search.methods import criterion as module
from tombola.search.methods.criterion import Criterion
from tombola.search.parts.dense import as_module, train_dense
from tombola.search.parts.frozen import PartlyFrozen, train_ticket
from tombola.subnetwork import FixedMask, HeldMask, Subnetwork, prunable_layout
from tombola.training import Progress, RunFolder, make_fabric
from tombola.weights.actions import MASK_0_ACTIONS, MASK_1_ACTIONS

SHORT: dict[str, Any] = {"epochs": 2, "batch_size": 16, "precision": "32", "lr": 0.05}


def data(count: int = 48) -> Any:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(count, 6, generator=generator)
    return (inputs, inputs[:, :3].argmax(1)), (inputs[:20] + 0.1, inputs[:20, :3].argmax(1))


def workspace(folder: Path, model: nn.Module | str | None = None, splits: Any = None, **settings: Any) -> Workspace:
    torch.manual_seed(4)
    planned = plan(model or Mlp(), splits or data(), **({"method": Criterion()} | SHORT | settings))
    return Workspace(planned.job, planned.spec, RunFolder(folder), make_fabric("32"), Progress())


def search(folder: Path, method: Criterion, **settings: Any) -> Found:
    return method.search(workspace(folder, method=method, **settings))


def dense_weights(found: Found) -> dict[str, Tensor]:
    assert found.dense is not None
    return {name: found.dense.get_parameter(name).detach() for name in found.mask}


@pytest.mark.parametrize("criterion", CRITERIA)
def test_the_mask_is_that_of_the_formula(criterion: str, tmp_path: Path) -> None:
    found = search(tmp_path, Criterion(criterion=criterion, density=0.3, layer_density={"3": 0.6}))
    assert found.scores is not None
    for name, final in dense_weights(found).items():
        scores = found.scores[name]
        if criterion != "random":  # the weights of the ticket are those the training began with
            assert torch.equal(scores, criterion_scores(criterion, found.weights[name], final))
            assert not torch.equal(final, found.weights[name])
        count = round((0.6 if name.startswith("3") else 0.3) * final.numel())
        assert found.mask.kept(name) == count
        assert torch.equal(found.mask[name], top_k_mask(scores, count))


def test_ties_at_zero_go_to_the_lowest_index(tmp_path: Path) -> None:
    found = search(tmp_path, Criterion(criterion="large-final-diff-sign", density=0.9))
    assert found.scores is not None
    for name, scores in found.scores.items():
        flat, kept = scores.flatten(), found.mask[name].flatten()
        zeros = torch.nonzero(flat == 0).flatten()
        kept_zeros = round(0.9 * flat.numel()) - int((flat > 0).sum())
        assert kept_zeros > 0
        assert kept[flat > 0].all()
        assert torch.equal(kept[zeros], torch.arange(len(zeros)) < kept_zeros)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"density": 0.5, "n_of_m": "3:6"}, {"0.weight": 36, "3.weight": 18}),
        ({"density": 0.25, "allocation": "erk"}, {"0.weight": 15, "3.weight": 12}),
    ],
)
def test_budgets_of_every_kind(settings: dict[str, Any], kept: dict[str, int], tmp_path: Path) -> None:
    found = search(tmp_path, Criterion(**settings))
    assert {name: found.mask.kept(name) for name in found.mask} == kept


def test_a_global_choice_keeps_an_exact_total(tmp_path: Path) -> None:
    found = search(tmp_path, Criterion(density=0.4, scope="global"))
    assert found.mask.kept() == round(0.4 * 108)


def test_every_combination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """390 of them, over one trained dense network."""
    space = workspace(tmp_path)
    dense = train_dense(space, prunable_layout(space.job.model.make()), choose="last")
    monkeypatch.setattr(module, "train_dense", lambda *given, **named: dense)
    for criterion, one, zero in itertools.product(CRITERIA, MASK_1_ACTIONS, MASK_0_ACTIONS):
        method = Criterion(density=0.4, criterion=criterion, mask_1_action=one, mask_0_action=zero)
        found = method.search(space)
        kept = 29 + 14
        assert sum(found.figures["criterion_kept"].values()) == kept
        assert found.figures["criterion_density"] == kept / 108
        assert found.mask.kept() == kept + found.figures["frozen"]
        expected = {"zero": kept, "freeze": 108}.get(zero)
        assert expected in (None, found.mask.kept())
        assert kept <= found.mask.kept() <= 108
        assert found.trained is None
        assert list(found.fitted.chosen_row)[:2] == ["epoch", "step"]


def test_freezing_uses_what_the_criterion_does_not_keep(tmp_path: Path) -> None:
    found = search(tmp_path, Criterion(mask_0_action="freeze-unless-fallen", mask_1_action="signed-constant"))
    for name, final in dense_weights(found).items():
        assert found.scores is not None
        kept = top_k_mask(found.scores[name], found.figures["criterion_kept"][name])
        initial = tb.weights.recipe("glorot-normal").tensor(name, final.shape)
        grown = final.abs() >= initial.abs()
        assert torch.equal(found.mask[name], kept | grown)
        assert torch.equal(found.weights[name][~kept], initial[~kept])
        std = (2 / sum(final.shape)) ** 0.5
        assert torch.allclose(found.weights[name][kept], std * initial[kept].sign())


def test_the_figures_are_those_of_the_network_that_is_kept(tmp_path: Path) -> None:
    method = Criterion(mask_1_action="signed-constant")
    run = tb.run(Mlp(), data(), method=method, **SHORT)
    assert run.result["trained"] is False
    assert run.result["chosen_epoch"] == 0
    own = run.result["comparison"][0]
    assert own["name"] == "ticket by criterion"
    assert run.result["validation_accuracy"] == own["validation_accuracy"]
    assert run.result["validation_loss"] == pytest.approx(own["validation_loss"], rel=1e-6)
    assert run.result["figures"]["untrained"]["validation_accuracy"] == own["validation_accuracy"]
    compared = {row["name"]: row for row in run.result["comparison"]}
    dense = run.result["figures"]["dense"]
    assert dense["epoch"] == 2
    assert compared["trained dense"]["validation_loss"] == pytest.approx(dense["validation_loss"], rel=1e-6)


def test_a_rewound_ticket_is_its_recipe_and_others_are_not() -> None:
    tickets = {
        action: tb.find(Mlp(), data(), method=Criterion(mask_1_action=action), **SHORT)
        for action in ("rewind", "signed-constant")
    }
    assert isinstance(tickets["rewind"].weights, tb.weights.Recipe)
    assert not isinstance(tickets["signed-constant"].weights, tb.weights.Recipe)
    assert tickets["rewind"].mask == tickets["signed-constant"].mask


def test_scaled_weights_are_scaled_by_the_density_of_what_is_used() -> None:
    weights = tb.weights.recipe("glorot-normal", scaled=True)
    for action, density in (("zero", 0.25), ("freeze", 1.0)):
        ticket = tb.find(Mlp(), data(), method=Criterion(density=0.25, mask_0_action=action), weights=weights, **SHORT)
        assert ticket.weights == weights
        for name, held in ticket.initial_weights().items():
            assert torch.equal(held, weights.tensor(name, held.shape, density))


def test_what_is_ranked_is_the_end_of_the_training(tmp_path: Path) -> None:
    space = workspace(tmp_path, epochs=8, lr=0.3)
    found = Criterion(criterion="large-final").search(space)
    rows = found.figures["dense"]
    assert rows["epoch"] == 8
    ended = as_module(space, space.subnetwork(FixedMask(prunable_layout(Mlp()), found.mask), dict(found.densities)))
    space.load_end("dense", ended)
    assert found.scores is not None
    assert all(torch.equal(ended.get_parameter(name).abs(), found.scores[name]) for name in found.mask)


def test_a_fresh_draw_of_the_models_own_weights_is_refused_before_any_training(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="weights=own have no recipe to draw from"):
        search(tmp_path / "run", Criterion(mask_1_action="signed-reinit"), weights="own")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("action", ["rewind", "reshuffle", "signed-constant"])
def test_own_weights(action: str, tmp_path: Path) -> None:
    torch.manual_seed(4)
    model = Mlp()
    found = search(tmp_path, Criterion(mask_1_action=action), weights="own")
    for name, begun in found.weights.items():
        first, kept = model.get_parameter(name).detach(), found.mask[name]
        assert torch.equal(begun[~kept], first[~kept])
        assert torch.equal(begun, first) == (action == "rewind")
    assert torch.equal(found.state["0.bias"], model.get_parameter("0.bias")), "biases are the model's"


@pytest.mark.parametrize("settings", [{"criterion": "random"}, {"mask_1_action": "reinit"}])
def test_draws_depend_on_the_mask_seed_alone(settings: dict[str, Any]) -> None:
    def found(seed: int) -> tuple[Mask, dict[str, Tensor]]:
        seeds = tb.training.Seeds(mask_seed=seed)
        ticket = tb.find(Mlp(), data(), method=Criterion(**settings), seed=seeds, **SHORT)
        return ticket.mask, ticket.initial_weights()

    (first, weights), (again, same), (other, others) = found(0), found(0), found(1)
    assert first == again
    assert all(torch.equal(weights[name], same[name]) for name in weights)
    assert (first == other) == ("criterion" not in settings)
    assert all(torch.equal(weights[name], others[name]) for name in weights) == ("criterion" in settings)


def test_batch_norm_is_measured_with_statistics_of_the_masked_network(tmp_path: Path) -> None:
    def normalised() -> nn.Module:
        return nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))

    found = search(tmp_path, Criterion(), model=normalised())
    inputs = data()[0][0]
    masked = nn.functional.linear(inputs, found.weights["0.weight"] * found.mask["0.weight"])
    batches = masked.split(16)
    assert found.state["1.running_mean"].tolist() != [0.0] * 12
    assert float((found.state["1.running_mean"] - masked.mean(0)).abs().max()) < 0.2
    assert len(batches) == int(found.state["1.num_batches_tracked"])


def test_a_collapse_is_named() -> None:
    deep = nn.Sequential(*(m for _ in range(4) for m in (nn.Linear(6, 6), nn.ReLU())), nn.Linear(6, 3))
    with pytest.raises(CollapsedError, match="no signal passes through"):
        tb.find(deep, data(), method=Criterion(density=0.03), **SHORT)


OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 0.3},
    "adam": {"optimizer": "adam", "weight_decay": 0.3},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.3, "clip_norm": 0.1},
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("zero", MASK_0_ACTIONS)
def test_trained_removed_and_frozen_weights(zero: str, optimizer: str, tmp_path: Path) -> None:
    method = Criterion(density=0.3, mask_0_action=zero, mask_1_action="signed-constant", retrain=True)
    found = search(tmp_path, method, **OPTIMIZERS[optimizer])
    assert found.trained is not None
    assert found.scores is not None
    for name, used in found.mask.items():
        trained = found.trained.get_parameter(name).detach()
        kept = top_k_mask(found.scores[name], found.figures["criterion_kept"][name])
        begun, frozen = found.weights[name], used & ~kept
        assert frozen.any() == (zero != "zero")
        assert torch.equal(trained[frozen], begun[frozen])
        assert not trained[~used].any()
        assert (trained[kept] != begun[kept]).all()
    assert not torch.equal(found.trained.get_parameter("0.bias"), found.state["0.bias"])


@pytest.mark.parametrize("zero", ["freeze", "freeze-unless-fallen"])
def test_what_is_trained_beside_frozen_weights_begins_as_the_ticket_does(
    zero: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: dict[str, Tensor] = {}
    real = Workspace.train

    def train(space: Workspace, name: str, network: nn.Module, *given: Any, **named: Any) -> Any:
        if isinstance(network, Subnetwork):
            begun.update({key: value.clone() for key, value in network.unmasked_state().items()})
            begun.update({key: value.clone() for key, value in network.masked_weights().items()})
        return real(space, name, network, *given, **named)

    monkeypatch.setattr(Workspace, "train", train)
    model = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 3))
    method = Criterion(density=0.3, mask_0_action=zero, retrain=True)
    found = search(tmp_path, method, model=model, **OPTIMIZERS["sgd"])
    expected = dict(found.state) | {name: found.weights[name] * found.mask[name] for name in found.mask}
    assert expected.keys() == begun.keys()
    assert all(torch.equal(begun[name], expected[name]) for name in expected)
    held = load_file(tmp_path / "checkpoint" / "ticket" / "state.safetensors")
    trained = sum(found.figures["criterion_kept"].values())
    assert int((held["network/weights"] != 0).sum()) == trained, "the parameter stays zero where nothing is trained"


def test_with_nothing_frozen_both_ways_of_training_agree(tmp_path: Path) -> None:
    ends = []
    for way in ("held", "partly"):
        space = workspace(tmp_path / way, weight_decay=0.1, model=FAMILIES["mlp"].make())
        layout = prunable_layout(space.job.model.make())
        generator = torch.Generator().manual_seed(3)
        kept = Mask({name: torch.rand(shape, generator=generator) < 0.5 for name, shape in layout.by_name.items()})
        network = space.subnetwork(FixedMask(layout, kept), dict.fromkeys(layout.names, 1.0))
        if way == "held":
            ends.append(train_ticket(space, network, kept)[1])
            continue
        partly = space.subnetwork(PartlyFrozen(layout, kept, torch.zeros(layout.total)), dict.fromkeys(kept, 1.0))
        partly.weights.data.mul_(layout.flatten(kept))
        space.train("ticket", partly.unfreeze())
        ends.append(as_module(space, partly))
    held, partly_trained = (dict(end.named_parameters()) for end in ends)
    assert all(torch.allclose(held[name], partly_trained[name], atol=1e-6) for name in held)


def test_retraining_ends_where_the_same_training_by_hand_does(tmp_path: Path) -> None:
    method = Criterion(density=0.4, retrain=True)
    found = search(tmp_path / "a", method)
    assert found.trained is not None
    space = workspace(tmp_path / "b")
    by_hand = space.job.model.make()
    with torch.no_grad():
        for name, value in (dict(found.weights) | dict(found.state)).items():
            by_hand.get_parameter(name).copy_(value)
    with HeldMask(by_hand, found.mask):
        fitted = space.train("ticket", by_hand)
    assert all(torch.equal(a, b) for a, b in zip(by_hand.parameters(), found.trained.parameters(), strict=True))
    assert [row["validation_loss"] for row in fitted.history] == [
        row["validation_loss"] for row in found.fitted.history
    ]


def test_the_time_of_both_trainings_is_counted(tmp_path: Path) -> None:
    space = workspace(tmp_path)
    layout = prunable_layout(space.job.model.make())
    first = train_dense(space, layout, choose="last").fitted
    found = Criterion(retrain=True).search(space)  # whose dense training is there already
    assert found.fitted.train_seconds > first.train_seconds
    assert found.fitted.resumed_seconds == first.train_seconds
    assert found.fitted.step_seconds < found.fitted.train_seconds / 6


def splits(name: str) -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.randint(0, family.classes, (count,))
        labels[0] = family.classes - 1
        return family.inputs(count), labels

    return split(30), split(11), split(13)


@pytest.mark.parametrize("weights", ["own", "glorot-normal"])
@pytest.mark.parametrize("zero", ["zero", "freeze-unless-fallen"])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family(name: str, zero: str, weights: str) -> None:
    method = Criterion(density=0.5, mask_1_action="signed-constant", mask_0_action=zero, retrain=True)
    model = FAMILIES[name].make()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    settings = SHORT | {"include": FAMILIES[name].include, "weight_decay": 0.1, "batch_size": 8, "lr": 0.01}
    run = tb.run(model, splits(name), method=method, weights=weights, **settings)
    assert run.result["trained"]
    assert sum(run.result["figures"]["criterion_kept"].values()) <= run.ticket.mask.kept()
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_float64() -> None:
    (inputs, labels), (held, held_labels) = data()
    doubles = (inputs.double(), labels), (held.double(), held_labels)
    for weights in ("own", "glorot-normal"):
        method = Criterion(retrain=True, mask_0_action="freeze", mask_1_action="signed-constant")
        ticket = tb.find(Mlp().double(), doubles, method=method, weights=weights, **SHORT)
        assert all(values.dtype == torch.float64 for values in ticket.initial_weights().values())


class KilledError(Exception):
    pass


@pytest.mark.parametrize("after", [2, 8])
@pytest.mark.parametrize("zero", ["zero", "freeze"])
def test_a_search_that_is_killed_goes_on_as_if_nothing_had_been(
    zero: str, after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop: Any = sys.modules["tombola.training.epoch"]
    monkeypatch.setattr(loop, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    method = Criterion(retrain=True, mask_0_action=zero, mask_1_action="reinit", criterion="random")
    torch.manual_seed(4)
    planned = plan(Mlp(), data(), method=method, **SHORT)
    execute(planned, tmp_path / "whole", page=False)
    real, steps = loop.train_step, 0

    def failing(*given: Any) -> Tensor:
        nonlocal steps
        steps += 1
        if steps == after:
            raise KilledError
        result: Tensor = real(*given)
        return result

    monkeypatch.setattr(loop, "train_step", failing)
    with pytest.raises(KilledError):
        execute(planned, tmp_path / "killed", page=False)
    execute(planned, tmp_path / "killed", page=False)
    assert steps == 2 * 3 * 2 + 1, "no step that a checkpoint holds is made again"
    for file in ("ticket", "trained"):
        assert (tmp_path / "killed" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"criterion": "large-finale"}, "unknown criterion 'large-finale': did you mean 'large-final'"),
        ({"mask_1_action": "rewound"}, "unknown mask_1_action 'rewound': did you mean 'rewind'"),
        ({"mask_0_action": "zeros"}, "unknown mask_0_action 'zeros': did you mean 'zero'"),
        ({"retrain": 1}, "retrain=1: expected true or false"),
        ({"alpha": 0, "criterion": "large-init-large-final"}, "alpha=0: expected a number above 0"),
        ({"alpha": float("inf"), "criterion": "large-init-large-final"}, "alpha=inf: expected a number above 0"),
        ({"alpha": 2.0}, "alpha=2.0 is of large-init-large-final and small-init-small-final: expected 1 with"),
        ({"density": 30}, r"density=30: expected 0 < density <= 1; did you mean 0\.3"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Criterion(**settings)


def test_the_defaults_are_the_papers_for_the_fully_connected_network() -> None:
    training = Criterion.defaults
    assert (training.optimizer, training.lr, training.batch_size, training.epochs) == ("adam", 1.2e-3, 60, 55)
    assert (training.weight_decay, training.schedule, training.augment) == (0, "constant", "off")
    assert Criterion(alpha=2, criterion="large-init-large-final").to_spec() == {
        "name": "criterion",
        "density": 0.5,
        "layer_density": {},
        "scope": "layerwise",
        "allocation": "uniform",
        "n_of_m": None,
        "criterion": "large-init-large-final",
        "mask_1_action": "rewind",
        "mask_0_action": "zero",
        "retrain": False,
        "alpha": 2,
    }
    assert replace(Criterion(), density=0.2).density == 0.2
