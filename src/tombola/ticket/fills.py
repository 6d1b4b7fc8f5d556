"""Tensors of one repeated value, such as zero biases: a file holds the value instead of the tensor."""

import math

import torch
from torch import Tensor

from tombola.errors import TicketError
from tombola.ticket.tensors import DTYPES


def fill_value(tensor: Tensor) -> bool | int | float | None:
    """The finite number that every element has, to the bit; None where there is no such number.

    >>> fill_value(torch.zeros(3)), fill_value(torch.tensor([1, 2])), fill_value(torch.tensor(7))
    (0.0, None, 7)
    """
    if tensor.numel() == 0:
        return None
    patterns = tensor.reshape(-1, 1).view(torch.uint8)
    value: bool | int | float = tensor.reshape(-1)[0].item()
    return value if math.isfinite(value) and bool((patterns == patterns[0]).all()) else None


def filled(name: str, shape: tuple[int, ...], code: str, value: bool | int | float) -> Tensor:
    """The tensor of `shape` full of `value`.

    Raises:
        TicketError: where the type is unknown or cannot hold exactly this value.
    """
    dtype = DTYPES.get(code)
    if dtype is None:
        raise TicketError(f"{name!r} is of type {code!r:.20}: expected one of {', '.join(DTYPES)}")
    try:
        one = torch.tensor(value, dtype=dtype)
        exact = type(one.item()) is type(value) and one.item() == value
    except (ArithmeticError, RuntimeError, TypeError, ValueError) as error:
        raise TicketError(f"{name!r} is filled with {value!r:.20}, which {code} cannot hold") from error
    if not exact:
        raise TicketError(f"{name!r} is filled with {value!r:.20}, which {code} cannot hold")
    return one.expand(shape).clone(memory_format=torch.contiguous_format)
