"""`Mask`: which weights of a network are kept, as a value."""

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from tombola.errors import UsageError


class Mask(Mapping[str, Tensor]):
    """An immutable mapping from parameter name to a bool tensor of its shape; True = kept.

    The tensors given are copied, and reading one gives a copy, so nothing outside can change a
    mask. Two masks are equal if they have the same names in the same order, the same shapes and
    the same bits, whatever device the tensors came from.

    Args:
        layers: name -> bool tensor.

    Raises:
        UsageError: where a value is not a bool tensor.

    >>> mask = Mask({"fc.weight": torch.tensor([[True, False], [True, True]])})
    >>> mask.kept(), mask.numel(), mask.density
    (3, 4, 0.75)
    >>> mask == Mask(dict(mask))
    True
    """

    __slots__ = ("_layers",)

    def __init__(self, layers: Mapping[str, Tensor]) -> None:
        for name, bits in layers.items():
            if not isinstance(bits, Tensor) or bits.dtype != torch.bool:
                got = bits.dtype if isinstance(bits, Tensor) else type(bits).__name__
                raise UsageError(f"mask of {name!r} is {got}: expected a torch.bool tensor, True = kept")
        self._layers = {name: bits.detach().cpu().contiguous().clone() for name, bits in layers.items()}

    def __getitem__(self, name: str) -> Tensor:
        return self._layers[name].clone()

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mask):
            return NotImplemented
        same_names = list(self) == list(other)
        return same_names and all(torch.equal(self._layers[name], other._layers[name]) for name in self)

    def __hash__(self) -> int:
        return hash(self.digest())

    def __repr__(self) -> str:
        return f"Mask({len(self)} layers, kept {self.kept():,} of {self.numel():,}, density {self.density:.4g})"

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Name -> shape, in the mask's order."""
        return {name: tuple(bits.shape) for name, bits in self._layers.items()}

    def kept(self, name: str | None = None) -> int:
        """How many weights are kept: in the layer `name`, or in all."""
        return sum(int(self._layers[layer].count_nonzero()) for layer in self._chosen(name))

    def numel(self, name: str | None = None) -> int:
        """How many weights there are: in the layer `name`, or in all."""
        return sum(self._layers[layer].numel() for layer in self._chosen(name))

    @property
    def density(self) -> float:
        """Kept over all prunable weights; 0.0 for an empty mask."""
        return self.kept() / self.numel() if self.numel() else 0.0

    @property
    def densities(self) -> dict[str, float]:
        """Name -> kept over prunable weights of that layer."""
        return {name: self.kept(name) / max(1, self.numel(name)) for name in self}

    def packed(self, name: str) -> bytes:
        """The layer's bits in index order, eight a byte, first bit lowest."""
        return np.packbits(self._layers[name].numpy().reshape(-1), bitorder="little").tobytes()

    def digest(self) -> str:
        """`sha256:` and the hash of every name, shape and bit: equal masks have equal digests."""
        sha = hashlib.sha256(b"tombola mask 1\n")
        for name, shape in self.shapes.items():
            sha.update(f"{name!r} {list(shape)}\n".encode())
            sha.update(self.packed(name))
        return f"sha256:{sha.hexdigest()}"

    def _chosen(self, name: str | None) -> list[str]:
        return list(self) if name is None else [name]
