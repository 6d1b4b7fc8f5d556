"""Checks of what a ticket file holds."""

from collections.abc import Mapping

import torch
from torch import Tensor

from tombola.errors import TicketError
from tombola.masks import Mask, kept_count
from tombola.ticket import Architecture, Ticket
from tombola.ticket.container import check_digest
from tombola.ticket.header import Header
from tombola.ticket.writer import KEPT, WEIGHTS
from tombola.verification.audit.audited import Audited
from tombola.verification.audit.finding import Answer
from tombola.weights import Recipe, recipe_from_spec


def digest(audited: Audited) -> Answer:
    """The file can be read, and its content has the digest that it promises."""
    tensors = check_digest(*audited.parts)
    return True, f"{len(audited.content):,} bytes, {len(tensors)} tensors: as the digest says"


def mask_counts(audited: Audited) -> Answer:
    """Each layer keeps as many weights as the header says, and as the density asked for comes to."""
    header, mask = audited.header, audited.mask
    if mask.digest() != header.mask:
        return False, f"the masks do not have the digest that the header promises, {header.mask}"
    if wrong := [part for part in header.layers if mask.kept(part.name) != part.kept]:
        return False, f"{wrong[0].name} keeps {mask.kept(wrong[0].name)} weights, the header says {wrong[0].kept}"
    ok, asked = _as_asked(header, mask)
    return ok, f"{mask.kept():,} of {mask.numel():,} weights in {len(mask)} layers, as the header says; {asked}"


def initial_weights(audited: Audited) -> Answer:
    """The initial weights, drawn anew or read, are those of which the header has the digest."""
    header, mask = audited.header, audited.mask
    if header.recipe is None:
        weights: Recipe | Mapping[str, Tensor] = _given(audited.parts[1], mask)
        origin = "in the file"
    else:
        weights = recipe_from_spec(header.recipe)
        origin = f"drawn again from {weights}"
    densities = {part.name: part.density for part in header.layers}
    found = Ticket(Architecture("audit"), mask, densities, weights, state={}).weights_digest
    same = found == header.weights
    verb = "equal to the bit" if same else f"they are {found}, the header promises {header.weights}"
    return same, f"{mask.numel():,} initial weights {origin}: {verb}"


def _given(tensors: Mapping[str, Tensor], mask: Mask) -> dict[str, Tensor]:
    """The weights in the file; of some layers only the kept ones, where all others are zero."""
    whole = {name.removeprefix(WEIGHTS): tensor for name, tensor in tensors.items() if name.startswith(WEIGHTS)}
    kept = {name.removeprefix(KEPT): tensor for name, tensor in tensors.items() if name.startswith(KEPT)}
    return whole | {name: _among_zeros(values, mask[name]) for name, values in kept.items()}


def _among_zeros(values: Tensor, kept: Tensor) -> Tensor:
    if values.shape != (int(kept.sum()),):
        raise TicketError(f"{tuple(values.shape)} weights of a layer are in the file, and its mask keeps {kept.sum()}")
    weights = torch.zeros(kept.shape, dtype=values.dtype)
    weights[kept] = values
    return weights


def _as_asked(header: Header, mask: Mask) -> Answer:
    method = header.spec.get("method")
    scope = method.get("scope") if isinstance(method, dict) else None
    if scope == "global":
        # Layers that keep everything stand aside of a choice over all others.
        wanted = sum(part.density * mask.numel(part.name) for part in header.layers)
        near = abs(mask.kept() - max(1.0, wanted)) <= 0.5 + 1e-9 * wanted
        return near, f"the densities asked for come to {wanted:,.1f} weights in all"
    if scope != "layerwise":
        return True, "the spec names no scope, so the densities asked for are not compared"
    wanted_of = {part.name: kept_count(part.density, mask.numel(part.name)) for part in header.layers}
    if wrong := [name for name, wanted in wanted_of.items() if mask.kept(name) != wanted]:
        name = wrong[0]
        return False, f"{name} keeps {mask.kept(name)}, and the density asked of it comes to {wanted_of[name]}"
    return True, "the density asked of each layer comes to the same"
