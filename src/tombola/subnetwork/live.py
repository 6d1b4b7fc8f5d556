"""Live units: what a mask leaves of a layer's outputs."""

from torch import Tensor

from tombola.subnetwork.units import Units


def live_units(mask: Tensor, units: Units | None = None) -> tuple[int, int]:
    """How many output units of a layer keep at least one weight, and how many there are.

    Args:
        mask: bool, of the weight's shape.
        units: of the weight; one row a unit where the layer it belongs to is not known.

    >>> import torch
    >>> mask = torch.tensor([[True, False], [False, False]])
    >>> live_units(mask), live_units(torch.ones(3, 2).bool(), Units((3, 2), dim=1))
    ((1, 2), (2, 2))
    """
    units = units or Units(tuple(mask.shape))
    return int(units.rows(mask).any(dim=1).sum()), units.count
