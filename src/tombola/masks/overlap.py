"""How much two masks have in common."""

from collections.abc import Iterator

from torch import Tensor

from tombola.errors import UsageError
from tombola.masks.mask import Mask


def overlap(first: Mask, second: Mask) -> float:
    """|A ∩ B| / min(|A|, |B|): 1.0 where one contains the other; 0.0 where either is empty.

    >>> import torch
    >>> a, b = (Mask({"w": torch.tensor(bits)}) for bits in ([True, True, False], [False, True, True]))
    >>> overlap(a, b), jaccard(a, b), hamming(a, b)
    (0.5, 0.3333333333333333, 2)
    """
    smaller = min(first.kept(), second.kept())
    return _common(first, second) / smaller if smaller else 0.0


def jaccard(first: Mask, second: Mask) -> float:
    """|A ∩ B| / |A ∪ B|; 1.0 for two empty masks."""
    common = _common(first, second)
    union = first.kept() + second.kept() - common
    return common / union if union else 1.0


def hamming(first: Mask, second: Mask) -> int:
    """The number of weights that only one of the two keeps."""
    return sum(int((a ^ b).count_nonzero()) for a, b in _pairs(first, second))


def _common(first: Mask, second: Mask) -> int:
    return sum(int((a & b).count_nonzero()) for a, b in _pairs(first, second))


def _pairs(first: Mask, second: Mask) -> Iterator[tuple[Tensor, Tensor]]:
    if first.shapes != second.shapes:
        differing = sorted(set(first.shapes.items()) ^ set(second.shapes.items()))
        names = ", ".join(dict.fromkeys(name for name, _ in differing))
        raise UsageError(f"the masks are of different networks: names or shapes differ in {names}")
    return ((first[name], second[name]) for name in first)
