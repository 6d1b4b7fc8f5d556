"""One number a layer, by which a flat tensor is multiplied."""

from collections.abc import Sequence

from torch import Tensor

from tombola.subnetwork import Layout


def times(flat: Tensor, factors: Sequence[Tensor], layout: Layout) -> Tensor:
    """Each layer of a flat tensor times its own number, in place.

    >>> import torch
    >>> times(torch.ones(3), [torch.tensor(2.0), torch.tensor(5.0)], Layout(("a", "b"), ((2,), (1,))))
    tensor([2., 2., 5.])
    """
    for segment, factor in zip(layout.segments(flat), factors, strict=True):
        segment.mul_(factor)
    return flat
