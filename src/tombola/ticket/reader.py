"""From the bytes of a file to a ticket; every byte is treated as hostile."""

from math import prod

import torch
from torch import Tensor

from tombola.errors import TicketError, UsageError
from tombola.masks import Mask
from tombola.ticket.architecture import Architecture
from tombola.ticket.bitstream import Layer, decode_mask
from tombola.ticket.container import check_digest, unpack
from tombola.ticket.fills import filled
from tombola.ticket.header import Header, from_text
from tombola.ticket.ticket import Ticket
from tombola.ticket.writer import KEPT, MASKS, STATE, WEIGHTS
from tombola.weights import Recipe, recipe_from_spec

# A header may claim this many numbers for each byte of the file: far above what any real ticket
# needs, and low enough that a small hostile file cannot fill the memory.
NUMBERS_PER_BYTE = 100_000


def decode(content: bytes) -> Ticket:
    """The ticket that `content`, the bytes of a file, holds.

    Raises:
        TicketError: where it is damaged, altered, of a later version or no ticket at all.
    """
    text, stored = unpack(content)
    header = from_text(text)
    tensors = check_digest(text, stored)
    _check_sizes(header, NUMBERS_PER_BYTE * len(content))
    try:
        ticket = _ticket(header, tensors)
        found = ticket.weights_digest
    except TicketError:
        raise
    except (UsageError, RuntimeError, MemoryError) as error:
        raise TicketError(f"the ticket is damaged: {error!s:.200}") from error
    if found != header.weights:
        origin = f"drawn from {ticket.weights}" if isinstance(ticket.weights, Recipe) else "in the file"
        raise TicketError(f"the initial weights {origin} do not have the digest the ticket promises, {header.weights}")
    return ticket


def _ticket(header: Header, tensors: dict[str, Tensor]) -> Ticket:
    part, mask = header.architecture, _mask(header, tensors)
    return Ticket(
        architecture=Architecture(part.name, part.arguments, part.builtin),
        mask=mask,
        densities={layer.name: layer.density for layer in header.layers},
        weights=_weights(header, mask, tensors),
        state=_state(header, tensors),
        spec=header.spec,
        metrics=header.metrics,
        provenance=header.provenance,
    )


def _mask(header: Header, tensors: dict[str, Tensor]) -> Mask:
    words = tensors.pop(MASKS, None)
    if words is None or words.dtype != torch.uint32 or words.dim() != 1:
        raise TicketError("the masks are missing")
    layers = [Layer(part.name, tuple(part.shape), part.kept) for part in header.layers]
    mask = decode_mask(layers, words.numpy())
    if mask.digest() != header.mask:
        raise TicketError(f"the masks do not have the digest the ticket promises, {header.mask}")
    return mask


def _weights(header: Header, mask: Mask, tensors: dict[str, Tensor]) -> Recipe | dict[str, Tensor]:
    given, kept = _take(tensors, WEIGHTS), _take(tensors, KEPT)
    if twice := sorted(given.keys() & kept.keys()):
        raise TicketError(f"the weights of {twice[0]!r:.100} are in the file twice")
    given |= {name: _with_zeros(name, values, mask) for name, values in kept.items()}
    if header.recipe is None:
        return given
    if given:
        raise TicketError("there are both a recipe and initial weights")
    return recipe_from_spec(header.recipe)


def _with_zeros(name: str, values: Tensor, mask: Mask) -> Tensor:
    if name not in mask or values.shape != (mask.kept(name),):
        raise TicketError(f"the kept weights of {name!r:.100} are not as many as its mask keeps")
    weights = torch.zeros(mask.shapes[name], dtype=values.dtype)
    weights[mask[name]] = values
    return weights


def _state(header: Header, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    state = _take(tensors, STATE)
    fills = {name: filled(name, tuple(part.shape), part.dtype, part.value) for name, part in header.fills.items()}
    if twice := sorted(state.keys() & fills.keys()):
        raise TicketError(f"{twice[0]!r:.100} is in the file twice")
    if tensors:
        raise TicketError(f"there is an unexpected tensor, {next(iter(tensors))!r:.100}")
    return state | fills


def _take(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Remove the tensors whose name begins with `prefix`, and give them without it."""
    names = [name for name in tensors if name.startswith(prefix)]
    return {name.removeprefix(prefix): tensors.pop(name) for name in names}


def _check_sizes(header: Header, limit: int) -> None:
    names = [layer.name for layer in header.layers]
    if len(set(names)) < len(names):
        raise TicketError("a layer is in the header twice")
    shapes = [layer.shape for layer in header.layers] + [fill.shape for fill in header.fills.values()]
    if sum(map(prod, shapes)) > limit or any(max(shape, default=0) > limit for shape in shapes):
        raise TicketError("the header claims far more numbers than a file of this size can be about")
    if wrong := [layer.name for layer in header.layers if layer.kept > prod(layer.shape)]:
        raise TicketError(f"the layer {wrong[0]!r:.100} keeps more weights than it has")
