"""Live units: what a mask leaves of a layer's outputs."""

from torch import Tensor


def live_units(mask: Tensor) -> tuple[int, int]:
    """How many output units of a layer keep at least one weight, and how many there are.

    Args:
        mask: bool, of the weight's shape; the first dimension counts the output units.

    >>> import torch
    >>> live_units(torch.tensor([[True, False], [False, False]]))
    (1, 2)
    """
    units = mask.shape[0]
    return int(mask.reshape(units, -1).any(dim=1).sum()), units
