"""From scores of whole networks to masks: within each layer, or over all of them."""

from collections.abc import Mapping

import torch
from torch import Tensor

from tombola.errors import UsageError
from tombola.masks.mask import Mask
from tombola.masks.top_k import top_k_mask


def select_layerwise(scores: Mapping[str, Tensor], counts: Mapping[str, int]) -> Mask:
    """Keep the `counts[name]` highest scores of each layer.

    >>> scores = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0, 4.0])}
    >>> select_layerwise(scores, {"a": 1, "b": 1})["a"]
    tensor([False,  True])

    Raises:
        UsageError: where a layer has no count.
    """
    missing = [name for name in scores if name not in counts]
    if missing:
        raise UsageError(f"no count for {', '.join(missing)}: expected one for every layer of the scores")
    return Mask({name: top_k_mask(layer, counts[name]) for name, layer in scores.items()})


def select_global(scores: Mapping[str, Tensor], count: int) -> Mask:
    """Keep the `count` highest scores of the whole network; ties to the earlier layer, then the lower index.

    >>> scores = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([3.0, 4.0])}
    >>> select_global(scores, 2).densities
    {'a': 0.0, 'b': 1.0}
    """
    flat = torch.cat([layer.detach().reshape(-1) for layer in scores.values()])
    parts = top_k_mask(flat, count).split([layer.numel() for layer in scores.values()])
    return Mask({name: part.view(scores[name].shape) for name, part in zip(scores, parts, strict=True)})
