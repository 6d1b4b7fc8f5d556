"""Evaluate any ticket with one shared value for all its weights."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import nn

from tombola.ticket import Ticket, load
from tombola.verification import VALUES, WeightAgnosticScores, setting_of
from tombola.verification import weight_agnostic as measure


def weight_agnostic(
    found: Ticket | str | Path,
    data: Any,
    model: nn.Module | None = None,
    values: Sequence[float] = VALUES,
    signs: str = "shared",
) -> WeightAgnosticScores:
    """How much of a ticket is in its mask alone: every kept weight takes one shared value.

    Args:
        found: the ticket, or the path of its file.
        data: as `find`; the examples that the search held out choose the tuned value.
        model: a module of the ticket's architecture, where that is not one of ours.
        values: the shared values.
        signs: `shared`, every kept weight is the value, or `kept`, times the sign of its initial weight.

    Raises:
        UsageError: where a value or `signs` is not allowed, or the data does not fit the model.

    Source: Gaier & Ha 2019, arXiv 1906.04358.

    >>> import tombola as tb
    >>> ticket = tb.find("digits-mlp", "digits", epochs=1)
    >>> shared = tb.weight_agnostic(ticket, "digits", signs="kept")
    >>> len(shared.rows), shared.evaluated_on
    (8, 'test')
    """
    ticket = found if isinstance(found, Ticket) else load(found)
    setting = setting_of(ticket.spec, data, {})
    return measure(ticket, setting.data, model, values, signs, setting.task)
