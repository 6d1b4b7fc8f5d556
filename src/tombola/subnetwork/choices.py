"""Rules that choose weights by their flat magnitudes; each works eagerly and inside compiled graphs."""

import math
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

    def __call__(self, magnitudes: Tensor) -> Tensor:
        choose = _compiled_top_counts if torch.compiler.is_compiling() else _top_counts
        return choose(magnitudes, list(self.sizes), list(self.counts))


@dataclass(frozen=True)
class TopEverywhere:
    r"""The `count` highest values of all layers together, each in units of its layer's range.

    Scores begin uniform in $\pm 1/\sqrt{n}$ with $n$ the fan-in, so raw ones would favour layers
    with few inputs whatever is learned. What is ranked is $|s| \sqrt{n}$.

    >>> layout = Layout(("a", "b"), ((1, 1), (1, 4)))
    >>> TopEverywhere(layout, 2)(torch.tensor([0.9, 0.5, 0.1, 0.1, 0.1]))
    tensor([ True,  True, False, False, False])
    """

    layout: Layout
    count: int

    def __call__(self, magnitudes: Tensor) -> Tensor:
        ranges = [math.prod(shape[1:]) ** 0.5 for shape in self.layout.shapes]
        segments = zip(self.layout.segments(magnitudes), ranges, strict=True)
        ranked = torch.cat([segment * one_range for segment, one_range in segments])
        return TopCounts((self.layout.total,), (self.count,))(ranked)


@dataclass(frozen=True)
class NOfM:
    """The `keep` highest of every `group` neighbours along each weight's input dimension."""

    layout: Layout
    keep: int
    group: int

    def __call__(self, magnitudes: Tensor) -> Tensor:
        parts = zip(self.layout.views(magnitudes), self.layout.units, strict=True)
        return torch.cat([n_of_m_mask(part, self.keep, self.group, units.input_dim).flatten() for part, units in parts])


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
