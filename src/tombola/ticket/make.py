"""Builtin architectures, made for a ticket."""

from collections.abc import Mapping

import torch
from torch import nn

from tombola import models
from tombola.errors import TicketError
from tombola.ticket.architecture import Architecture
from tombola.ticket.fit import Shape, check_fits


def make(architecture: Architecture, shapes: Mapping[str, Shape]) -> nn.Module:
    """The network that `architecture` names, its values still to be filled.

    Args:
        architecture: of the ticket.
        shapes: name -> shape of all the ticket's tensors. They are compared before memory is
            taken, so a hostile file cannot ask for a huge network.

    Raises:
        TicketError: where the architecture is not builtin, not known, or does not fit the ticket.
    """
    name = architecture.name
    if not architecture.builtin:
        raise TicketError(
            f"the ticket is of {name!r}, which is not builtin: pass the model, as in build({_call(name)}), "
            "or on the command line what makes it, --model package.module:callable"
        )
    try:
        with torch.device("meta"):
            outline = models.make(name, **architecture.arguments)
        check_fits(name, shapes, outline)
        with torch.random.fork_rng(devices=[]):
            return models.make(name, **architecture.arguments)
    except TicketError:
        raise
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        raise TicketError(f"the architecture {name!r} of the ticket cannot be made: {error}") from error


def _call(name: str) -> str:
    return f"{name.rsplit(':', 1)[-1].rsplit('.', 1)[-1]}(...)"
