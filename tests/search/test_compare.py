from typing import Any

import pytest
import torch
from torch import nn

import tombola as tb
from tombola.masks import Mask, overlap
from tombola.search.compare import random_mask

MASK = Mask({"a": torch.rand(40, 30) < 0.3, "b": torch.rand(10, 40) < 0.9})


def test_a_random_mask_keeps_as_many_in_each_layer() -> None:
    drawn = random_mask(MASK, 0)
    assert {name: drawn.kept(name) for name in drawn} == {name: MASK.kept(name) for name in MASK}
    assert drawn.shapes == MASK.shapes


def test_a_random_mask_is_another_one_for_another_seed_and_unrelated_to_the_found() -> None:
    first, second = random_mask(MASK, 0), random_mask(MASK, 1)
    assert first == random_mask(MASK, 0)
    assert first != second
    assert first != MASK
    share = overlap(Mask({"a": first["a"]}), Mask({"a": MASK["a"]}))
    assert abs(share - MASK.densities["a"]) < 0.1, "chance, no more"


def data() -> Any:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(60, 6, generator=generator)
    return (inputs, inputs[:, :3].argmax(1)), (inputs[:30] + 0.1, inputs[:30, :3].argmax(1))


def rows(model: nn.Module, **settings: Any) -> dict[str, dict[str, Any]]:
    found = tb.run(model, data(), epochs=2, batch_size=20, precision="32", **settings)
    return {row["name"]: row for row in found.result["comparison"]}


def test_the_rows_of_the_comparison() -> None:
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    compared = rows(model, compare=True, method=tb.EdgePopup(density=0.5))
    assert {name: (row["weights"], row["density"], row["kept"]) for name, row in compared.items()} == {
        "edge-popup supermask": ("untrained", 0.5, 54),
        "untrained dense": ("untrained", 1.0, 108),
        "random mask": ("untrained", 0.5, 54),
        "trained dense": ("trained", 1.0, 108),
    }


def test_the_whole_network_is_measured_with_its_own_weights() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3))
    compared = rows(model, weights=tb.Own())
    (_, _), (inputs, targets) = data()
    with torch.no_grad():
        loss = nn.functional.cross_entropy(model(inputs), targets).item()
    assert compared["own dense"]["validation_loss"] == pytest.approx(loss, rel=1e-5)


def test_the_trained_dense_network_learns_and_the_users_model_does_not() -> None:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 3)).requires_grad_(False)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = tb.run(model, data(), epochs=30, batch_size=10, precision="32", compare=True, lr=0.1)
    compared = {row["name"]: row for row in found.result["comparison"]}
    assert compared["trained dense"]["validation_accuracy"] > compared["untrained dense"]["validation_accuracy"]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(p.requires_grad for p in model.parameters())


def test_batch_norm_after_dropout_is_measured_the_same_each_time_and_draws_nothing_of_the_users() -> None:
    def measured(seed: int) -> Any:
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(6, 12), nn.Dropout(0.5), nn.BatchNorm1d(12), nn.Linear(12, 3))
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        compared = rows(model, compare=True)
        assert torch.equal(torch.get_rng_state(), before)
        return compared

    assert measured(1) == measured(2)


def test_a_fresh_batch_norm_is_given_statistics_before_it_is_measured() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.BatchNorm1d(6), nn.Linear(6, 3))
    shifted = tuple((inputs * 5 + 100, targets) for inputs, targets in data())
    found = tb.run(model, shifted, epochs=3, batch_size=20, precision="32")
    compared = {row["name"]: row["validation_loss"] for row in found.result["comparison"]}
    assert compared["untrained dense"] < 5, "inputs of 100 would give losses far above this"
