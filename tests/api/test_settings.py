"""Flat settings, and what a preset makes of those given beside it."""

from dataclasses import fields
from typing import Any

import pytest
import torch

import tombola as tb
from tombola.api import plan_of
from tombola.data import load
from tombola.errors import UsageError
from tombola.search import Method, preset_named

GENERATOR = torch.Generator().manual_seed(0)
INPUTS = torch.randint(0, 256, (120, 1, 28, 28), dtype=torch.uint8, generator=GENERATOR)
LABELS = torch.arange(120) % 10
DATA = load(((INPUTS, LABELS), (INPUTS, LABELS), (INPUTS, LABELS)))
LENET: dict[str, Any] = {"model": "lenet-300-100", "data": DATA, "precision": "32"}


def method_of(preset: str, **given: Any) -> Method:
    return plan_of(LENET | {"preset": preset} | given).method


@pytest.mark.parametrize(
    ("preset", "given", "expected"),
    [
        (
            "lottery-ticket",
            {"density": 0.1},
            tb.IterativeMagnitude(density=0.1, prune_fraction=0.2, layer_prune_fraction={"fc3": 0.1}),
        ),
        (
            "lottery-ticket",
            {"scope": "global"},
            tb.IterativeMagnitude(levels=18, prune_fraction=0.2, scope="global"),
        ),
        ("lottery-ticket", {"density": 0.1, "levels": 1}, tb.IterativeMagnitude(density=0.1, levels=1)),
        (
            "lottery-ticket",
            {"density": 0.1, "prune_fraction": 0.5},
            tb.IterativeMagnitude(density=0.1, prune_fraction=0.5, layer_prune_fraction={"fc3": 0.1}),
        ),
        (
            "lottery-ticket",
            {"levels": 3, "rewind_step": "5it"},
            tb.IterativeMagnitude(levels=3, prune_fraction=0.2, layer_prune_fraction={"fc3": 0.1}, rewind_step="5it"),
        ),
        (
            "criterion-supermask",
            {"scope": "global"},
            tb.Criterion(density=0.262, mask_1_action="signed-constant", scope="global"),
        ),
        (
            "criterion-supermask",
            {"density": 0.1},
            tb.Criterion(density=0.1, layer_density={"fc3": 0.531}, mask_1_action="signed-constant"),
        ),
        ("criterion-supermask", {"n_of_m": "2:4"}, tb.Criterion(n_of_m="2:4", mask_1_action="signed-constant")),
        ("learned-supermask", {"draws": 3}, tb.Bernoulli(rescale=True, draws=3)),
        ("learned-supermask", {"method": "edge-popup", "density": 0.3}, tb.EdgePopup(density=0.3)),
    ],
)
def test_what_is_given_beside_a_preset_wins(preset: str, given: dict[str, Any], expected: Method) -> None:
    assert method_of(preset, **given) == expected


def test_a_global_preset_takes_fractions_of_layers() -> None:
    whole = preset_named("lottery-ticket", "resnet-20")
    assert whole.method_with({"layer_prune_fraction": {"head": 0.1}}) == tb.IterativeMagnitude(
        levels=20, prune_fraction=0.2, layer_prune_fraction={"head": 0.1}
    )
    kept = whole.method_with({"layer_prune_fraction": {"head": 0.0}})
    assert kept == whole.method, "what contradicts nothing takes the place of nothing"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"density": 30}, "density=30"),
        ({"density": 0.1, "levels": 2, "prune_fraction": 0.2}, "density and levels together"),
        ({"draws": 3}, "method imp has no draws"),
    ],
)
def test_what_is_given_must_itself_be_right(given: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        method_of("lottery-ticket", **given)


@pytest.mark.parametrize("name", [None, "bernoulli"])
def test_the_name_of_the_presets_method_means_the_presets(name: str | None) -> None:
    planned = tb.plan("lenet-300-100", DATA, preset="learned-supermask", method=name, precision="32")
    assert planned.method == tb.Bernoulli(rescale=True)
    assert planned.spec == plan_of(LENET | {"preset": "learned-supermask", "method": "bernoulli"}).spec
    plain = tb.plan("lenet-300-100", DATA, preset="learned-supermask", method=tb.Bernoulli(), precision="32")
    assert plain.method == tb.Bernoulli(), "a method itself is taken as it is"


def test_every_preset_is_its_own_method_where_nothing_is_given() -> None:
    for name in ("lottery-ticket", "criterion-supermask", "learned-supermask"):
        own = preset_named(name, "lenet-300-100").method
        assert method_of(name) == own
        for field in fields(own):  # type: ignore[arg-type]
            assert method_of(name, **{field.name: getattr(own, field.name)}) == own
