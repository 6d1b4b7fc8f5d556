from typing import Any

import pytest
import torch
from tests.families import Unused
from torch import nn

import tombola as tb
from tombola.errors import CollapsedError

INPUTS, LABELS = torch.randn(40, 6), torch.randint(0, 3, (40,))
DATA = ((INPUTS, LABELS), (INPUTS, LABELS))


def deep() -> nn.Module:
    return nn.Sequential(*(m for _ in range(4) for m in (nn.Linear(6, 6), nn.ReLU())), nn.Linear(6, 3))


def find(model: nn.Module, **settings: Any) -> tb.Ticket:
    return tb.find(model, DATA, epochs=2, batch_size=16, precision="32", **settings)


def test_a_density_at_which_no_path_is_left_names_the_layers() -> None:
    with pytest.raises(
        CollapsedError, match=r"0\.weight \(1 of 36 kept\).*: raise the density, or keep more of these layers"
    ):
        find(deep(), method=tb.EdgePopup(density=0.001))


def test_a_density_of_its_own_saves_a_layer() -> None:
    method = tb.EdgePopup(density=0.5, layer_density={"8": 1.0, "6": 0.9})
    assert find(deep(), method=method).mask.kept("8.weight") == 18


def test_weights_that_are_not_used_have_not_collapsed() -> None:
    ticket = find(Unused())
    assert ticket.mask.kept("unused.weight") == 32


def test_the_smallest_density_of_a_single_layer_is_fine() -> None:
    ticket = find(nn.Linear(6, 3), method=tb.EdgePopup(density=1e-9))
    assert ticket.mask.kept() == 1


def test_a_collapse_during_training_stops_it() -> None:
    class Fragile(nn.Module):
        """Lets nothing through once its first weight is removed."""

        def __init__(self) -> None:
            super().__init__()
            self.gate, self.head = nn.Linear(6, 6), nn.Linear(6, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            open_ = (self.gate.weight != 0).sum() >= 36
            return self.head(self.gate(x) * open_)  # type: ignore[no-any-return]

    with pytest.raises(CollapsedError, match=r"gate\.weight \(18 of 36 kept\)"):
        find(Fragile())
