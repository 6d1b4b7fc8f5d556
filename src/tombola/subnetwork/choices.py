"""Rules that choose weights by their flat magnitudes; each works eagerly and inside compiled graphs."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tombola.masks import n_of_m_mask
from tombola.masks.top_k import write_top_k
from tombola.subnetwork.layout import Layout


@dataclass(frozen=True)
class TopCounts:
    """The `counts` highest values of each consecutive segment of `sizes`, exactly; ties to the lowest index.

    >>> TopCounts((3, 2), (1, 1))(torch.tensor([1.0, 3.0, 2.0, 5.0, 5.0]))
    tensor([False,  True, False,  True, False])
    """

    sizes: tuple[int, ...]
    counts: tuple[int, ...]

    @classmethod
    def layerwise(cls, layout: Layout, counts: Mapping[str, int]) -> "TopCounts":
        """Each layer keeps its own count."""
        return cls(layout.sizes, tuple(counts[name] for name in layout.names))

    @classmethod
    def everywhere(cls, layout: Layout, count: int) -> "TopCounts":
        """All layers together keep `count`."""
        return cls((layout.total,), (count,))

    def __call__(self, magnitudes: Tensor) -> Tensor:
        choose = _compiled_top_counts if torch.compiler.is_compiling() else _top_counts
        return choose(magnitudes, list(self.sizes), list(self.counts))


@dataclass(frozen=True)
class NOfM:
    """The `keep` highest of every `group` neighbours along each weight's input dimension."""

    layout: Layout
    keep: int
    group: int

    def __call__(self, magnitudes: Tensor) -> Tensor:
        return torch.cat([n_of_m_mask(view, self.keep, self.group).flatten() for view in self.layout.views(magnitudes)])


def _top_counts(magnitudes: Tensor, sizes: list[int], counts: list[int]) -> Tensor:
    mask = torch.empty_like(magnitudes, dtype=torch.bool)
    for values, count, out in zip(magnitudes.split(sizes), counts, mask.split(sizes), strict=True):
        write_top_k(values, count, out)
    return mask


# A compiler cannot trace the partition, so compiled graphs see it as one operation.
_compiled_top_counts = torch.library.custom_op("tombola::top_counts", _top_counts, mutates_args=())


@_compiled_top_counts.register_fake
def _(magnitudes: Tensor, _sizes: list[int], _counts: list[int]) -> Tensor:
    return torch.empty_like(magnitudes, dtype=torch.bool)
