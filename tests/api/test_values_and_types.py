"""Parameters of types that no ticket holds, and values that are none: one sentence each."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import tombola as tb

DATA = ((torch.randn(30, 6), torch.arange(30) % 3),) * 2


class Phases(nn.Module):
    def __init__(self, phase: Tensor) -> None:
        super().__init__()
        self.layer, self.phase = nn.Linear(6, 3), nn.Parameter(phase, requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        (torch.zeros(3, dtype=torch.complex64), r"'phase' is torch\.complex64: a ticket holds torch\.float64"),
        (torch.zeros(3, dtype=torch.float8_e4m3fn), r"'phase' is torch\.float8_e4m3fn: a ticket holds"),
        (torch.zeros(3).to_sparse(), "'phase': expected an ordinary dense tensor with values"),
        (torch.zeros(3, device="meta"), "'phase': expected an ordinary dense tensor with values"),
    ],
)
def test_parameters_that_no_ticket_holds(phase: Tensor, said: str) -> None:
    with pytest.raises(tb.UsageError, match=said):
        tb.find(Phases(phase), DATA, epochs=1)


@pytest.mark.parametrize("values", [5, None, "12", ["1"], [math.nan], [10**400], []])
def test_shared_values_that_are_no_numbers(values: Any) -> None:
    ticket = tb.find("digits-mlp", "digits", epochs=1, model_arguments={"width": 0.1})
    with pytest.raises(tb.UsageError, match="expected one finite number or more"):
        tb.weight_agnostic(ticket, "digits", values=values)


@pytest.mark.parametrize("signs", [None, 3, ["kept"], "keep"])
def test_signs_that_are_no_name(signs: Any) -> None:
    ticket = tb.find("digits-mlp", "digits", epochs=1, model_arguments={"width": 0.1})
    with pytest.raises(tb.UsageError, match="unknown signs"):
        tb.weight_agnostic(ticket, "digits", signs=signs)


@pytest.mark.parametrize("found", [None, 3, ["ticket"]])
def test_what_is_no_ticket(found: Any) -> None:
    for use in (tb.evaluate, tb.weight_agnostic):
        with pytest.raises(tb.UsageError, match="expected the path of a ticket file"):
            use(found, "digits")
