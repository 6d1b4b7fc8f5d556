"""Masks as a bit stream: a range coder with one Bernoulli model per layer, p = kept / size.

The cost is the entropy of the kept fraction, Σ n·H(kept/n) bits, plus some 8 bytes in all. Layers
with everything or nothing kept cost nothing.

Source: R. Bamler, Understanding entropy coding with asymmetric numeral systems (arXiv 2201.01741),
whose library `constriction` this uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log2, prod
from typing import Any

import constriction
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import TicketError
from tombola.masks import Mask

# Symbols travel as 32-bit integers: a chunk bounds that memory at 4 MiB, whatever the layer's size.
CHUNK = 2**20


@dataclass(frozen=True)
class Layer:
    """What must be known of a layer before its bits are read."""

    name: str
    shape: tuple[int, ...]
    kept: int

    @property
    def size(self) -> int:
        """Number of weights."""
        return prod(self.shape)

    @property
    def coded(self) -> bool:
        """Whether the bits are not known already."""
        return 0 < self.kept < self.size

    @property
    def entropy_bits(self) -> float:
        """n·H(kept/n), in bits."""
        if not self.coded:
            return 0.0
        p = self.kept / self.size
        return -self.size * (p * log2(p) + (1 - p) * log2(1 - p))


def layers_of(mask: Mask) -> list[Layer]:
    """The layers of a mask, in its order."""
    return [Layer(name, shape, mask.kept(name)) for name, shape in mask.shapes.items()]


def encode_mask(mask: Mask) -> NDArray[np.uint32]:
    """All coded layers of the mask, one after the other, as one stream of 32-bit words."""
    encoder = constriction.stream.queue.RangeEncoder()
    for layer in filter(lambda layer: layer.coded, layers_of(mask)):
        bits, model = mask[layer.name].reshape(-1).numpy(), _model(layer)
        for part in _chunks(layer.size):
            encoder.encode(bits[part].astype(np.int32), model)
    words: NDArray[np.uint32] = encoder.get_compressed()
    return words


def decode_mask(layers: list[Layer], words: NDArray[np.uint32]) -> Mask:
    """The mask of which `encode_mask` made `words`.

    Raises:
        TicketError: where the words are not of these layers: another number of weights kept, or
            words left over.
    """
    decoder = constriction.stream.queue.RangeDecoder(np.ascontiguousarray(words))
    bits = {layer.name: _decoded(decoder, layer) for layer in layers}
    if not decoder.maybe_exhausted() or (len(words) and not any(layer.coded for layer in layers)):
        raise TicketError("the masks are damaged: data is left over after the last layer")
    return Mask(bits)


def _decoded(decoder: Any, layer: Layer) -> Tensor:
    if not layer.coded:
        return torch.full(layer.shape, layer.kept > 0, dtype=torch.bool)
    bits, model = np.empty(layer.size, np.bool_), _model(layer)
    try:
        for part in _chunks(layer.size):
            bits[part] = decoder.decode(model, part.stop - part.start)
    except (AssertionError, ValueError) as error:
        raise TicketError(f"the mask of {layer.name!r} is damaged: {error}") from error
    if (kept := int(np.count_nonzero(bits))) != layer.kept:
        raise TicketError(f"the mask of {layer.name!r} is damaged: it keeps {kept} weights instead of {layer.kept}")
    return torch.from_numpy(bits.reshape(layer.shape))


def _model(layer: Layer) -> Any:
    # The default of `perfect` differs between versions of the library, and with it the bits.
    return constriction.stream.model.Bernoulli(layer.kept / layer.size, perfect=False)


def _chunks(size: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK))
