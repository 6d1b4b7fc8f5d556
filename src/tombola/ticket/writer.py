"""From a ticket to the bytes of its file."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from tombola.ticket.bitstream import encode_mask, layers_of
from tombola.ticket.container import pack
from tombola.ticket.fills import fill_value
from tombola.ticket.header import VERSION, ArchitecturePart, FillPart, Header, LayerPart, to_text
from tombola.ticket.tensors import CODES
from tombola.weights import Recipe

if TYPE_CHECKING:
    from tombola.ticket.ticket import Ticket

MASKS = "masks"
STATE = "state/"
WEIGHTS = "weights/"
KEPT = "kept/"


def encode(ticket: "Ticket") -> bytes:
    """The bytes of the ticket's file, format version 1."""
    return pack(*content(ticket))


def content(ticket: "Ticket") -> tuple[str, dict[str, Tensor]]:
    """The header text and the tensors of the file."""
    values = {name: fill_value(tensor) for name, tensor in ticket.state.items()}
    tensors = {MASKS: torch.from_numpy(encode_mask(ticket.mask))}
    tensors |= {STATE + name: ticket.state[name] for name, value in values.items() if value is None}
    if not isinstance(ticket.weights, Recipe):
        tensors |= dict(_given(name, tensor, ticket.mask[name]) for name, tensor in ticket.weights.items())
    fills = {name: _fill(ticket.state[name], value) for name, value in values.items() if value is not None}
    return to_text(_header(ticket, fills)), tensors


def _header(ticket: "Ticket", fills: dict[str, FillPart]) -> Header:
    architecture = ticket.architecture
    return Header(
        version=VERSION,
        architecture=ArchitecturePart(
            name=architecture.name, arguments=dict(architecture.arguments), builtin=architecture.builtin
        ),
        layers=[
            LayerPart(name=layer.name, shape=list(layer.shape), kept=layer.kept, density=ticket.densities[layer.name])
            for layer in layers_of(ticket.mask)
        ],
        mask=ticket.mask.digest(),
        recipe=ticket.weights.to_spec() if isinstance(ticket.weights, Recipe) else None,
        weights=ticket.weights_digest,
        fills=fills,
        spec=dict(ticket.spec),
        metrics=dict(ticket.metrics),
        provenance=dict(ticket.provenance),
    )


def _given(name: str, weights: Tensor, kept: Tensor) -> tuple[str, Tensor]:
    """A layer's weights as they are stored: where all that is removed is zero, the kept ones alone."""
    removed = weights[~kept]
    if removed.view(torch.uint8).any():
        return WEIGHTS + name, weights
    return KEPT + name, weights[kept]


def _fill(tensor: Tensor, value: bool | int | float) -> FillPart:
    return FillPart(dtype=CODES[tensor.dtype], shape=list(tensor.shape), value=value)
