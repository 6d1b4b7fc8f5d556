"""A ticket's values and a model's parameters: do they fit, and putting one into the other."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from tombola.errors import TicketError
from tombola.subnetwork import canonical_tensors

SHOWN = 3

Shape = tuple[int, ...]


def check_fits(architecture: str, shapes: Mapping[str, Shape], model: nn.Module) -> None:
    """Raise where the model's names and shapes are not those of the ticket.

    Args:
        architecture: the ticket's, for the message.
        shapes: name -> shape of all the ticket's tensors.
        model: the one to be filled.

    Raises:
        TicketError: naming what is missing, what is unexpected and which shapes differ.
    """
    tensors = canonical_tensors(model)
    if lazy := [name for name, tensor in tensors.items() if nn.parameter.is_lazy(tensor)]:
        raise TicketError(f"{lazy[0]!r} of the model has no shape yet: run one batch through the model first")
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    common = shapes.keys() & found.keys()
    differing = [
        f"{name} is {shapes[name]} in the ticket, {found[name]} in the model"
        for name in shapes
        if name in common and shapes[name] != found[name]
    ]
    problems = [
        *_listed("missing in the model", [name for name in shapes if name not in common]),
        *_listed("not in the ticket", [name for name in found if name not in common]),
        *_listed("other shapes", differing),
    ]
    if problems:
        kind = type(model).__name__
        raise TicketError(f"the ticket of {architecture!r} does not fit this {kind}: {'; '.join(problems)}")


def fill(model: nn.Module, values: Iterable[tuple[str, Tensor]]) -> None:
    """Copy values of fitting shapes into the model's own tensors, one by one.

    Raises:
        TicketError: where a tensor cannot be written to.
    """
    tensors = canonical_tensors(model)
    if meta := [name for name, tensor in tensors.items() if tensor.is_meta]:
        raise TicketError(f"{meta[0]!r} of the model is on the meta device: call model.to_empty(device='cpu') first")
    with torch.no_grad():
        for name, value in values:
            try:
                tensors[name].copy_(value)
            except RuntimeError as error:
                raise TicketError(f"{name!r} of the model cannot be written to: {error}") from error


def _listed(what: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return [f"{what}: {', '.join(items[:SHOWN])}{more}"]
