"""What a ticket weighs against a dense checkpoint, and at the least."""

from collections.abc import Mapping
from math import ceil

from torch import Tensor

from tombola.masks import Mask
from tombola.ticket.bitstream import layers_of


def sizes(mask: Mask, state: Mapping[str, Tensor]) -> dict[str, int]:
    """Bytes of all numbers as float32, and of the entropy of the mask: Σ n·H(kept/n)/8 over its layers.

    >>> import torch
    >>> sizes(Mask({"w": torch.arange(80) % 2 == 0}), {"b": torch.zeros(5)})
    {'dense_fp32_bytes': 340, 'entropy_bytes': 10}
    """
    numbers = mask.numel() + sum(tensor.numel() for tensor in state.values())
    bits = sum(layer.entropy_bits for layer in layers_of(mask))
    return {"dense_fp32_bytes": 4 * numbers, "entropy_bytes": ceil(bits / 8)}
