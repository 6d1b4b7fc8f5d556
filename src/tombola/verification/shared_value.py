"""A network whose kept weights all have one value, which can be changed, and the search for the best one."""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from tombola.subnetwork import canonical_tensors
from tombola.ticket import Ticket

REFINEMENTS, POINTS = 2, 9


@dataclass(frozen=True, eq=False)
class SharedValueNetwork:
    """A ticket's network, built once and refilled with one value after the other.

    Args:
        network: in evaluation mode.
        directions: name -> what the value is multiplied with: 0 where a weight is removed, else 1
            or a sign.
    """

    network: nn.Module
    directions: Mapping[str, Tensor]

    @classmethod
    def of(
        cls, ticket: Ticket, model: nn.Module | None, *, keep_signs: bool, device: torch.device
    ) -> "SharedValueNetwork":
        """The network of a ticket.

        Args:
            ticket: whose mask, signs and state are used.
            model: of its architecture, where that is not builtin; a copy is filled.
            keep_signs: whether kept weights keep the signs of the initial ones.
            device: where it is evaluated.
        """
        network = ticket.build(copy.deepcopy(model)).to(device).eval()
        weights = canonical_tensors(network)  # as built: removed ones are zero already
        kept = {name: bits.to(weights[name]) for name, bits in ticket.mask.items()}
        return cls(network, {name: weights[name].detach().sign() for name in kept} if keep_signs else kept)

    def at(self, value: float) -> nn.Module:
        """The network with this value, until the next call."""
        weights = canonical_tensors(self.network)
        with torch.no_grad():
            for name, direction in self.directions.items():
                weights[name].copy_(direction).mul_(value)
        return self.network

    def ensemble(self, values: Sequence[float], *, is_classifier: bool) -> Callable[[Tensor], Tensor]:
        """Outputs that are the mean over the values: log of the mean softmax, or the mean output itself."""

        def outputs(inputs: Tensor) -> Tensor:
            each = torch.stack([self.at(value)(inputs) for value in values]).float()
            if not is_classifier:
                return each.mean(dim=0)
            return each.log_softmax(dim=-1).logsumexp(dim=0) - math.log(len(values))

        return outputs


def tuned_value(goodness: Callable[[float], tuple[float, float]], values: Sequence[float]) -> float:
    """The value of highest goodness: of `values`, then of finer grids between the neighbours of the best so far.

    Of equally good values the lowest is taken. The value stays between the lowest and the highest given.

    >>> round(tuned_value(lambda value: (-abs(value - 0.7), 0.0), [-1, 0, 1, 2]), 2)
    0.69
    """
    known = cache(goodness)
    grid = sorted(set(map(float, values)))
    best = max(grid, key=known)
    for _ in range(REFINEMENTS):
        place = grid.index(best)
        low, high = grid[max(0, place - 1)], grid[min(len(grid) - 1, place + 1)]
        grid = sorted({best, *np.linspace(low, high, POINTS).tolist()})
        best = max(grid, key=known)
    return best
