"""Levels of iterative pruning: nested, counted, zero where removed, sharing nothing; families, ties and collapse."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from tests.families import FAMILIES
from tests.search.plain_pruning import STEPS, WEIGHTS, network, planned, run, same, splits, tickets, values
from torch import Tensor, nn

import tombola as tb
from tombola.api import execute, plan
from tombola.errors import CollapsedError
from tombola.masks import Mask, kept_count
from tombola.search import IterativeMagnitude, Workspace
from tombola.search.parts import levels
from tombola.search.parts.pruning_schedule import Level
from tombola.subnetwork import HeldMask, prunable_layout
from tombola.training import Progress, RunFolder, checkpoint, make_fabric
from tombola.training import epoch as stretches
from tombola.weights import Recipe


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.fsync", lambda _: None)


@pytest.mark.parametrize(
    ("settings", "last"),
    [
        ({"levels": 4, "prune_fraction": 0.35}, {name: round(0.65**4 * size) for name, size in WEIGHTS.items()}),
        ({"levels": 3, "layer_prune_fraction": {"5": 0.1}}, {"0.weight": 37, "3.weight": 49, "5.weight": 17}),
        ({"density": 0.25}, {"0.weight": 18, "3.weight": 24, "5.weight": 6}),
        ({"density": 0.25, "levels": 3}, {"0.weight": 18, "3.weight": 24, "5.weight": 6}),
        ({"density": 0.25, "levels": 1}, {"0.weight": 18, "3.weight": 24, "5.weight": 6}),
        ({"density": 0.3, "scope": "global", "levels": 3}, 58),
        ({"density": 0.6, "scope": "global", "layer_prune_fraction": {"5": 0.0, "0": 0.0}}, 115),
    ],
    ids=str,
)
@pytest.mark.parametrize("rewind", ["0it", "4it"])
def test_masks_are_nested_and_their_counts_exact(
    tmp_path: Path, settings: dict[str, Any], last: dict[str, int] | int, rewind: str
) -> None:
    method = IterativeMagnitude(**settings, rewind_step=rewind)
    done = run(method, tmp_path / "run", epochs=1)
    masks = [ticket.mask for ticket in tickets(tmp_path / "run")]
    assert masks[0].density == 1.0
    assert masks[-1] == done.ticket.mask
    for before, after in pairwise(masks):
        assert after.kept() < before.kept()
        assert all(not (after[name] & ~before[name]).any() for name in WEIGHTS)
    if isinstance(last, int):
        assert done.ticket.mask.kept() == last
        return
    assert {name: done.ticket.mask.kept(name) for name in WEIGHTS} == last
    for mask, level in zip(masks[1:], method.schedule(prunable_layout(network())), strict=True):
        assert {name: mask.kept(name) for name in WEIGHTS} == {
            name: round(density * WEIGHTS[name]) for name, density in level.densities.items()
        }


@pytest.mark.parametrize(
    ("precision", "clip", "retraining"),
    [("32", None, "weight-rewinding"), ("bf16-mixed", 0.05, "weight-rewinding"), ("32", 0.05, "lr-rewinding")],
)
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_what_is_removed_is_zero_at_every_step_and_in_every_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    optimizer: str,
    precision: str,
    clip: float | None,
    retraining: Any,
) -> None:
    monkeypatch.setattr(stretches, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    held: list[Mask] = []
    checked = {"steps": 0, "files": 0, "optimiser": 0}

    class Remembered(HeldMask):
        def __init__(self, model: nn.Module, mask: Mask) -> None:
            held.append(mask)
            super().__init__(model, mask)

    def is_zero(tensor: Tensor, name: str) -> None:
        removed = tensor[~held[-1][name]]
        assert removed.numel()
        assert torch.equal(removed, torch.zeros_like(removed))
        assert tensor.count_nonzero()

    step, save = stretches.train_step, checkpoint.save_checkpoint

    def train_step(loop: Any, model: Any, trained: Any, *batch: Any) -> Tensor:
        made = step(loop, model, trained, *batch)
        for name in WEIGHTS if held else ():
            weight = loop.network.get_parameter(name)
            kept_of_it = [value for value in trained.state[weight].values() if value.shape == weight.shape]
            assert len(kept_of_it) == (1 if optimizer == "sgd" else 2)
            for tensor in (weight.detach(), *kept_of_it):
                is_zero(tensor, name)
            checked["steps"] += 1
        return made

    def save_checkpoint(path: Path, *given: Any) -> None:
        save(path, *given)
        for key, tensor in load_file(path).items() if held else ():
            index = {"0": "0.weight", "4": "3.weight", "6": "5.weight"}.get(key.split("/")[1])
            if key.startswith("optimizer/") and index and tensor.dim() == 2:
                is_zero(tensor, index)
                checked["optimiser"] += 1
            if key.removeprefix("network/") in WEIGHTS:
                is_zero(tensor, key.removeprefix("network/"))
                checked["files"] += 1

    monkeypatch.setattr(levels, "HeldMask", Remembered)
    monkeypatch.setattr(stretches, "train_step", train_step)
    monkeypatch.setattr(stretches, "save_checkpoint", save_checkpoint)
    method = IterativeMagnitude(levels=2, prune_fraction=0.4, rewind_step="2it", retraining=retraining)
    changed: dict[str, Any] = {"optimizer": optimizer, "precision": precision, "clip_norm": clip, "weight_decay": 0.3}
    done = run(method, tmp_path / "run", **changed, lr=0.02)
    assert len(held) == 2
    steps, per_weight = 2 * (STEPS - 2), 1 if optimizer == "sgd" else 2
    # The last checkpoint of a training holds no optimiser.
    assert checked == {"steps": 3 * steps, "files": 3 * steps, "optimiser": 3 * (steps - 2) * per_weight}
    for level, mask in enumerate(held, start=1):
        for kind in ("state", "best"):
            saved = load_file(tmp_path / "run" / "checkpoint" / f"level-{level:02}" / f"{kind}.safetensors")
            for name in WEIGHTS:
                weight = saved.get(f"network/{name}", saved.get(name))
                assert weight is not None
                assert not weight[~mask[name]].any()
    for name, weight in done.ticket.build(network()).named_parameters():
        assert name not in WEIGHTS or not weight[~held[-1][name]].any()


def test_a_ticket_at_the_start_is_a_recipe_and_a_later_one_holds_its_values(tmp_path: Path) -> None:
    sizes = {}
    for rewind in ("0it", "4it"):
        done = run(IterativeMagnitude(levels=2, rewind_step=rewind), tmp_path / rewind)
        sizes[rewind] = (tmp_path / rewind / "ticket").stat().st_size
        for level, ticket in enumerate(tickets(tmp_path / rewind)):
            assert isinstance(ticket.weights, Recipe) is (rewind == "0it")
            assert ticket.metrics["start_step"] == int(rewind[0])
            assert ticket.metrics["level"] == level
            assert ticket.metrics["trained"] is True
        assert done.result["start_step"] == int(rewind[0])
        assert done.result["audit"]["equal"] is (rewind == "0it")
        assert [row["start_step"] for row in done.result["levels"]] == [int(rewind[0])] * 3
    assert sizes["0it"] < sizes["4it"]
    drawn = tb.GlorotNormal(seed=0)
    first = tickets(tmp_path / "0it")[2]
    for name, shape in first.mask.shapes.items():
        expected = drawn.tensor(name, shape) * first.mask[name]
        assert torch.equal(first.build(network()).get_parameter(name), expected)


@pytest.mark.parametrize("retraining", ["lr-rewinding", "fine-tuning"])
def test_a_ticket_of_trained_weights_holds_them_also_at_the_start(tmp_path: Path, retraining: Any) -> None:
    run(IterativeMagnitude(levels=2, retraining=retraining), tmp_path / "run")
    dense, *pruned = tickets(tmp_path / "run")
    assert isinstance(dense.weights, Recipe)
    assert not any(isinstance(ticket.weights, Recipe) for ticket in pruned)


def test_statistics_and_biases_are_rewound_too(tmp_path: Path) -> None:
    run(IterativeMagnitude(levels=2, rewind_step="4it"), tmp_path / "late")
    run(IterativeMagnitude(levels=2), tmp_path / "start")
    for ticket in tickets(tmp_path / "start"):
        assert int(ticket.state["1.num_batches_tracked"]) == 0
        assert not ticket.state["1.running_mean"].any()
        assert not any(ticket.state[name].any() for name in ("0.bias", "1.bias", "3.bias", "5.bias"))
    late = tickets(tmp_path / "late")
    for ticket in late:
        assert int(ticket.state["1.num_batches_tracked"]) == 4
        assert same(dict(ticket.state), dict(late[0].state))
        assert all(ticket.state[name].any() for name in ("1.running_mean", "0.bias", "3.bias", "5.bias"))


def test_what_is_found_shares_nothing_and_the_users_model_is_left_alone(tmp_path: Path) -> None:
    model = network().eval()
    model.get_parameter("3.weight").requires_grad_(False)
    before, objects = values(model), [id(tensor) for tensor in model.state_dict(keep_vars=True).values()]
    given = planned(IterativeMagnitude(levels=2, rewind_step="2it"), model, weights="own")
    folder = RunFolder(tmp_path)
    found = given.method.search(Workspace(given.job, given.spec, folder, make_fabric("32"), Progress()))
    assert found.trained is not None
    assert found.dense is not None
    places = [
        tensor.untyped_storage().data_ptr()
        for tensors in (
            model.state_dict().values(),
            found.weights.values(),
            found.state.values(),
            found.trained.state_dict().values(),
            found.dense.state_dict().values(),
        )
        for tensor in tensors
    ]
    assert len(places) == len(set(places))
    assert same(values(model), before)
    assert [id(tensor) for tensor in model.state_dict(keep_vars=True).values()] == objects
    assert not any(module.training for module in model.modules())
    assert [parameter.requires_grad for parameter in model.parameters()].count(False) == 1
    for parameter in model.parameters():
        assert parameter.grad is None
        assert not parameter._post_accumulate_grad_hooks
    for parameter in found.trained.parameters():
        assert not parameter._post_accumulate_grad_hooks, "the mask is held no longer"


def test_the_time_is_that_of_all_levels(tmp_path: Path) -> None:
    result = run(IterativeMagnitude(levels=2), tmp_path / "run").result
    assert result["train_seconds"] == pytest.approx(sum(row["seconds"] for row in result["levels"]))
    assert 0 < result["train_seconds"] < result["seconds"]


# Weights that are equal, zero, or closer than a float.


class Beside(nn.Module):
    """A network beside a weight that no forward pass reads, so that its values are never trained."""

    def __init__(self, beside: Tensor) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.used, self.beside = nn.Linear(6, 3), nn.Linear(beside.shape[1], beside.shape[0], bias=False)
        self.beside.weight.data = beside
        self.to(beside.dtype)

    def forward(self, x: Tensor) -> Tensor:
        return self.used(x)  # type: ignore[no-any-return]


def masks_beside(folder: Path, weight: Tensor, **settings: Any) -> list[Tensor]:
    method = IterativeMagnitude(**({"levels": 3, "prune_fraction": 0.3} | settings))
    run(method, folder, Beside(weight), splits(weight.dtype), weights="own", epochs=1)
    return [ticket.mask["beside.weight"].flatten() for ticket in tickets(folder)[1:]]


def lowest_indices(keep: int, of: int) -> Tensor:
    return torch.arange(of) < keep


@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -3.0])
def test_of_equal_weights_those_of_the_lowest_indices_are_kept(tmp_path: Path, value: float) -> None:
    masks = masks_beside(tmp_path / "run", torch.full((5, 4), value))
    assert [mask.tolist() for mask in masks] == [lowest_indices(keep, 20).tolist() for keep in (14, 10, 7)]


def test_a_kept_weight_of_zero_ranks_above_a_removed_one(tmp_path: Path) -> None:
    weight = torch.zeros(20)
    weight[[3, 11, 19]] = torch.tensor([1e-30, -2.0, 0.5])
    masks = masks_beside(tmp_path / "run", weight.view(5, 4))
    for mask, keep in zip(masks, (14, 10, 7), strict=True):
        zeros = [index for index in range(20) if index not in (3, 11, 19)][: keep - 3]
        assert mask.nonzero().flatten().tolist() == sorted([3, 11, 19, *zeros])


@pytest.mark.parametrize("scope", ["layerwise", "global"])
def test_what_was_removed_never_returns_in_the_place_of_a_zero(tmp_path: Path, scope: Any) -> None:
    model = Beside(torch.ones(2, 5))
    given = planned(IterativeMagnitude(scope=scope), model, weights="own")
    workspace = Workspace(given.job, given.spec, RunFolder(tmp_path), make_fabric("32"), Progress())
    for parameter in model.parameters():
        parameter.data.zero_()  # as training may leave them, the kept ones too
    before = Mask({name: torch.arange(size.numel()).view(size) % 2 == 1 for name, size in sizes(model).items()})
    level = Level(2, dict.fromkeys(before, 0.4))
    after = levels.LevelRun(workspace, IterativeMagnitude(scope=scope), 0)._pruned(level, model, before)
    assert after.kept() == 11  # of 28, with 14 kept before
    assert not any((after[name] & ~before[name]).any() for name in before)


def sizes(model: nn.Module) -> dict[str, torch.Size]:
    return {name: model.get_parameter(name).shape for name in ("used.weight", "beside.weight")}


def test_over_all_layers_ties_go_to_the_earlier_layer(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 5, bias=False), nn.ReLU(), nn.Linear(5, 3, bias=False))
    for weight in model.parameters():
        weight.data.fill_(0.5)
    method = IterativeMagnitude(levels=1, prune_fraction=0.2, scope="global")
    run(method, tmp_path / "run", model, weights="own", epochs=1, lr=1e-30, weight_decay=0.0)
    mask = tickets(tmp_path / "run")[1].mask
    assert mask.kept("0.weight") == 30
    assert mask["2.weight"].flatten().tolist() == lowest_indices(6, 15).tolist()


def test_double_precision_is_ranked_in_double_precision(tmp_path: Path) -> None:
    weight = 1 + 1e-12 * torch.randperm(20, dtype=torch.float64).view(5, 4)
    assert (weight.float() == 1).all()
    for level, mask in enumerate(masks_beside(tmp_path / "run", weight)):
        keep = (14, 10, 7)[level]
        assert torch.equal(mask, weight.flatten().argsort(descending=True).argsort() < keep)


def family_data(name: str) -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(examples: int) -> tuple[Tensor, Tensor]:
        return family.inputs(examples), torch.arange(examples) % family.classes

    return split(30), split(11), split(13)


@pytest.mark.parametrize("weights", ["own", "glorot-normal"])
@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_pruned(tmp_path: Path, name: str, weights: str) -> None:
    family, data = FAMILIES[name], family_data(name)
    model = family.make()
    before = values(model)
    method = IterativeMagnitude(levels=2)
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 8, "include": family.include, "precision": "32"}
    done = execute(plan(model, data, method=method, weights=weights, **settings), tmp_path / "run", page=False)
    assert same(values(model), before)
    for level, ticket in enumerate(tickets(tmp_path / "run")):
        built = ticket.build(family.make())
        for key, kept in ticket.mask.items():
            assert int(kept.sum()) == kept_count(0.8**level, kept.numel())
            weight = built.get_parameter(key)
            assert not weight[~kept].any()
            if weights == "own":
                assert torch.equal(weight[kept], before[key][kept])
        assert isinstance(ticket.weights, Recipe) is (weights != "own")
    trained = tb.load(tmp_path / "run" / "trained").build(family.make()).eval()
    with torch.no_grad():
        outputs = trained(data[2][0])
    assert done.result["test_accuracy"] == float((outputs.argmax(1) == data[2][1]).double().mean())
    assert any(
        not torch.equal(trained.get_parameter(key), done.ticket.build(family.make()).get_parameter(key))
        for key in done.ticket.mask
    ), "it was trained"
    if name == "tied":
        assert trained.get_submodule("out").weight is trained.get_parameter("words.weight")
    if name == "unused":
        own = values(done.ticket.build(family.make()))["unused.weight"]
        assert torch.equal(trained.get_parameter("unused.weight"), own)


def faint(factor: float) -> nn.Module:
    model = network()
    model.get_parameter("3.weight").data.mul_(factor)
    return model


def test_a_collapse_names_level_and_layer_and_keeps_the_levels_before(tmp_path: Path) -> None:
    method = IterativeMagnitude(levels=4, prune_fraction=0.3, scope="global")
    still: dict[str, Any] = {"weights": "own", "lr": 1e-12, "weight_decay": 0.0, "epochs": 1}
    said = (
        r"level 2 \(density 0\.49\): nothing is left of 3\.weight \(0 of 96 kept\): raise the density, .*"
        rf"; the levels before are kept in {tmp_path}/run/levels"
    )
    with pytest.raises(CollapsedError, match=said):
        run(method, tmp_path / "run", faint(1e-6), **still)
    assert [ticket.mask.kept("3.weight") for ticket in tickets(tmp_path / "run")] == [96, 96 - round(0.3 * 192)]
    assert not (tmp_path / "run" / "result.json").exists()
    with pytest.raises(CollapsedError, match=said):
        run(method, tmp_path / "run", faint(1e-6), **still)
    whole = replace(method, layer_prune_fraction={"3": 0.0})
    assert run(whole, tmp_path / "whole", faint(1e-6), **still).ticket.mask.kept("3.weight") == 96


def test_a_collapse_is_one_of_the_values_that_training_goes_on_with(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.rand(64, 2, generator=generator) + 0.1
    data = ((inputs, (inputs[:, 1] > 0.6).long()),) * 3
    model = nn.Sequential(nn.Linear(2, 1, bias=False), nn.ReLU(), nn.Linear(1, 2))
    begun = {"0.weight": [[0.5, -0.1]], "2.weight": [[-1.0], [1.0]], "2.bias": [0.5, -0.5]}
    model.load_state_dict({name: torch.tensor(value) for name, value in begun.items()})
    settings: dict[str, Any] = {"weights": "own", "epochs": 10, "batch_size": 16, "schedule": "constant"}
    method = IterativeMagnitude(levels=1, prune_fraction=0.5, layer_prune_fraction={"2": 0.0})
    # Only the second weight is kept: negative at the start, where it silences the unit; positive once trained.
    with pytest.raises(CollapsedError, match=r"level 1 .*no signal passes through 0\.weight \(1 of 2 kept\)"):
        run(method, tmp_path / "start", model, data, **settings)
    trained = replace(method, retraining="lr-rewinding")
    ticket = run(trained, tmp_path / "trained", model, data, **settings).ticket
    assert ticket.mask["0.weight"].tolist() == [[False, True]]
    assert float(ticket.initial_weights()["0.weight"][0, 1]) > 0.5
    later = replace(method, rewind_step="30it")
    assert run(later, tmp_path / "later", model, data, **settings).ticket.mask == ticket.mask


class Shortcut(nn.Module):
    """A layer behind a shortcut: without it the network still works."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.inner, self.head = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(x + self.inner(x))  # type: ignore[no-any-return]


def test_an_empty_layer_behind_a_shortcut_is_a_collapse_and_an_unread_one_is_none(tmp_path: Path) -> None:
    method = IterativeMagnitude(levels=1, prune_fraction=0.7, scope="global")
    still: dict[str, Any] = {"weights": "own", "lr": 1e-12, "weight_decay": 0.0, "epochs": 1}
    model = Shortcut()
    model.inner.weight.data *= 1e-6
    with pytest.raises(CollapsedError, match=r"level 1 .*: nothing is left of inner\.weight \(0 of 36 kept\)"):
        run(method, tmp_path / "run", model, **still)
    mask = run(method, tmp_path / "beside", Beside(1e-6 * torch.ones(6, 6)), **still).ticket.mask
    assert (mask.kept("used.weight"), mask.kept("beside.weight")) == (16, 0)
