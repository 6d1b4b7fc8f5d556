"""Every family of models: found, saved, loaded, built: the same outputs, the user's class untouched."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.families import FAMILIES, WORDS, Mlp, Tied, Unused
from torch import Tensor, nn

import tombola as tb
from tombola.search import Workspace
from tombola.subnetwork import Subnetwork

Caught = list[Subnetwork]


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Caught:
    """The network of every search of the test."""
    kept: Caught = []
    real = Workspace.subnetwork

    def subnetwork(*given: Any, **named: Any) -> Subnetwork:
        kept.append(real(*given, **named))
        return kept[-1]

    monkeypatch.setattr(Workspace, "subnetwork", subnetwork)
    return kept


def data(name: str) -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.randint(0, family.classes, (count,))
        labels[0] = family.classes - 1
        return family.inputs(count), labels

    return split(30), split(11), split(13)


@pytest.mark.parametrize("weights", ["own", "signed-kaiming-constant"])
@pytest.mark.parametrize("name", FAMILIES)
def test_found_saved_loaded_built(name: str, weights: str, caught: Caught, tmp_path: Path) -> None:
    family, splits = FAMILIES[name], data(name)
    model = family.make()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    kinds = [type(module) for module in model.modules()]
    flags = [(p.requires_grad, p.grad) for p in model.parameters()]

    settings: dict[str, Any] = {"epochs": 2, "batch_size": 8, "include": family.include, "precision": "32"}
    run = tb.run(model, splits, weights=weights, method=tb.EdgePopup(density=0.4), **settings)
    run.ticket.save(tmp_path / "it.ticket")
    torch.manual_seed(99)  # what the fresh module starts from has no say
    fresh = family.make()
    objects = dict(fresh.named_parameters())
    built = tb.load(tmp_path / "it.ticket").build(fresh).eval()

    inputs, (network,) = splits[2][0], caught
    assert not network.training or network.eval() is network
    with torch.no_grad():
        expected = network.to("cpu").eval()(inputs)
        assert torch.equal(built(inputs), expected)
        hits = (expected.argmax(1) == splits[2][1]).double().mean()
    assert run.result["test_accuracy"] == float(hits)
    assert built is fresh
    assert type(built) is family.make().__class__
    assert all(p is objects[key] for key, p in built.named_parameters())
    for key, kept in run.ticket.mask.items():
        weight = built.get_parameter(key)
        assert not weight[~kept].any()
        assert int(kept.sum()) == max(1, round(0.4 * kept.numel()))
        if weights == "own":
            assert torch.equal(weight[kept], before[key][kept])

    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert [type(module) for module in model.modules()] == kinds
    assert [(p.requires_grad, p.grad) for p in model.parameters()] == flags


def test_a_tie_survives_search_and_build(tmp_path: Path) -> None:
    model = Tied()
    found = tb.find(model, data("tied"), epochs=1, batch_size=8)
    assert model.out.weight is model.words.weight
    built = found.build(Tied())
    assert isinstance(built, Tied)
    assert built.out.weight is built.words.weight
    assert list(found.mask) == ["words.weight", "hidden.weight"]
    assert found.mask.kept("words.weight") == round(0.5 * WORDS * 6)


def test_batch_norm_is_not_affine_and_its_statistics_are_in_the_ticket(caught: Caught) -> None:
    found = tb.find(FAMILIES["normalised"].make(), data("normalised"), epochs=2, batch_size=8)
    assert bool((found.state["batch.weight"] == 1).all())
    assert not found.state["batch.bias"].any()
    held = caught[0].unmasked_state()
    assert torch.equal(found.state["batch.running_mean"], held["batch.running_mean"])
    assert held["batch.running_mean"].any()
    assert int(found.state["batch.num_batches_tracked"]) in (4, 8), "those of the chosen epoch"


@pytest.mark.parametrize("precision", ["32", "bf16-mixed"])
def test_channels_last_images_in_either_precision(precision: str) -> None:
    found = tb.find(
        FAMILIES["channels-last"].make(), data("channels-last"), epochs=1, batch_size=8, precision=precision
    )
    assert found.mask.kept() == round(0.5 * 72) + round(0.5 * 192)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16], ids=str)
def test_a_model_in_another_precision(dtype: torch.dtype, caught: Caught) -> None:
    splits = tuple((inputs.to(dtype), labels) for inputs, labels in data("mlp"))
    model = Mlp().to(dtype)
    found = tb.find(model, splits, weights=tb.Own(), epochs=1, batch_size=8, precision="32")
    built = found.build(Mlp().to(dtype)).eval()
    with torch.no_grad():
        assert torch.equal(built(splits[2][0]), caught[0].eval()(splits[2][0]))
    assert found.initial_weights()["0.weight"].dtype == dtype


def test_a_ticket_of_another_architecture() -> None:
    found = tb.find(Mlp(), data("mlp"), epochs=1, batch_size=8)
    with pytest.raises(tb.TicketError, match=r"does not fit this Unused: missing in the model: 0\.weight"):
        found.build(Unused())
    wider = nn.Sequential(nn.Linear(6, 13), nn.ReLU(), nn.Dropout(), nn.Linear(13, 3))
    with pytest.raises(tb.TicketError, match=r"0\.weight is \(12, 6\) in the ticket, \(13, 6\) in the model"):
        found.build(wider)
    with pytest.raises(tb.TicketError, match=r"is not builtin: pass the model, as in build\(Mlp\(\.\.\.\)\)"):
        found.build()


def test_the_same_search_gives_the_same_file_whatever_the_users_generator(tmp_path: Path) -> None:
    model = FAMILIES["lstm"].make()
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        tb.find(copy.deepcopy(model), data("lstm"), epochs=2, batch_size=8).save(tmp_path / f"{seed}")
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    torch.manual_seed(2)
    assert torch.equal(torch.get_rng_state(), before)
