"""Magnitude at initialisation: which weights are the largest, and where none is."""

from typing import Any

import pytest
import torch
from torch import nn

import tombola as tb
from tombola.search.methods.magnitude_at_init import MagnitudeAtInit

INPUTS = torch.randn(24, 5, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(24) % 3
DATA = ((INPUTS, LABELS), (INPUTS, LABELS))


def found(method: MagnitudeAtInit, **given: Any) -> tb.Ticket:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    return tb.find(model, DATA, method=method, epochs=1, precision="32", **given)


@pytest.mark.parametrize("weights", ["signed-kaiming-constant", "kaiming-constant", "signed-xavier-constant"])
@pytest.mark.parametrize(("scope", "name"), [("layerwise", "0.weight"), ("global", r"\d\.weight")])
def test_weights_of_one_magnitude_have_no_order(weights: str, scope: Any, name: str) -> None:
    with pytest.raises(tb.UsageError, match=rf"all weights of {name} have the same magnitude.* or method random$"):
        found(MagnitudeAtInit(density=0.5, scope=scope), weights=weights)


def test_one_layer_without_an_order_is_enough_and_is_named() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    nn.init.constant_(model.get_parameter("2.weight"), -0.3)
    with pytest.raises(tb.UsageError, match=r"all weights of 2\.weight have the same magnitude"):
        tb.find(model, DATA, method=MagnitudeAtInit(density=0.5), weights="own", epochs=1, precision="32")


def test_a_layer_that_is_kept_whole_needs_no_order() -> None:
    ticket = found(MagnitudeAtInit(density=1.0), weights="kaiming-constant")
    assert ticket.mask.kept() == ticket.mask.numel() == 64


def test_the_largest_are_kept() -> None:
    ticket = found(MagnitudeAtInit(density=0.5), weights="own")
    torch.manual_seed(0)
    first = nn.Linear(5, 8).weight.detach().abs().flatten()
    expected = set(first.argsort(descending=True)[:20].tolist())
    assert set(ticket.mask["0.weight"].flatten().nonzero().flatten().tolist()) == expected
