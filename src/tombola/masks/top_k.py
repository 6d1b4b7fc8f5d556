"""Exact top-k by partition: exactly `count` kept, ties to the lowest index.

The published edge-popup sorts all scores at every step. Only the k-th largest is needed: one
partition finds it in linear time, and one comparison makes the mask.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tombola.errors import UsageError
from tombola.masks.coarse import top_k_by_halves


def top_k_mask(scores: Tensor, count: int) -> Tensor:
    r"""The mask of the `count` largest scores, in index order among equals.

    $m_i = 1$ iff fewer than `count` indices $j$ have $s_j > s_i$, or $s_j = s_i$ and $j < i$.
    NaN counts as $-\infty$. The index is the logical one (row-major over the shape),
    whatever the memory format.

    Args:
        scores: any shape, any real dtype, any device.
        count: how many to keep, 0 <= count <= scores.numel().

    Returns:
        A bool tensor of the same shape on the same device, with exactly `count` True. On an
        accelerator nothing waits for the device.

    Raises:
        UsageError: where `count` is out of range or the scores are complex.

    >>> top_k_mask(torch.tensor([3.0, 1.0, 3.0, 3.0]), 2)
    tensor([ True, False,  True, False])
    """
    if scores.is_complex():
        raise UsageError(f"scores are {scores.dtype}: expected real numbers, which have an order")
    if not 0 <= count <= scores.numel():
        raise UsageError(f"count={count}: expected 0 <= count <= {scores.numel()}, the number of scores")
    flat = _comparable(scores.detach()).reshape(-1)
    mask = torch.empty(flat.shape, dtype=torch.bool, device=flat.device)
    write_top_k(flat, count, mask)
    return mask.view(scores.shape)


def write_top_k(flat: Tensor, count: int, out: Tensor) -> None:
    """`top_k_mask` of a contiguous 1-D tensor, written into the bool tensor `out`."""
    if count in (0, flat.numel()):
        out.fill_(count > 0)
    elif flat.device.type == "cpu":
        _partition(flat.numpy(), count, out.numpy())
    else:
        out.copy_(rank_on_device(flat, count))


def rank_on_device(flat: Tensor, count: int) -> Tensor:
    """`top_k_mask` of a 1-D tensor in tensor operations alone, none of which waits for the device."""
    if flat.is_floating_point():
        flat = flat.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
    threshold = torch.topk(flat, count, sorted=False).values.amin()
    above, ties = flat > threshold, flat == threshold
    wanted = count - above.sum()
    return above | (ties & (ties.cumsum(0, dtype=torch.int32) <= wanted))


def _comparable(scores: Tensor) -> Tensor:
    # Exact widenings to a type that every back end can order.
    if scores.dtype == torch.bool:
        return scores.to(torch.uint8)
    return scores.float() if scores.is_floating_point() and scores.dtype.itemsize < 4 else scores


def _partition(flat: NDArray[np.generic], count: int, out: NDArray[np.bool_]) -> None:
    doubtful = top_k_by_halves(flat, count, out)
    if doubtful is None:
        return _partition_whole(flat, count, out)
    among = np.empty(doubtful.size, dtype=np.bool_)
    _partition_whole(flat[doubtful], count - int(np.count_nonzero(out)), among)
    out[doubtful] = among
    return None


def _partition_whole(flat: NDArray[np.generic], count: int, out: NDArray[np.bool_]) -> None:
    rank = flat.size - count
    scratch = flat.copy()
    scratch.partition(rank)
    threshold = scratch[rank]
    np.greater_equal(flat, threshold, out=out)
    surplus = int(np.count_nonzero(out)) - count
    # NaN sorts highest and no comparison finds it: it shows as too few, or hides among equals of -inf.
    if (surplus < 0 or threshold == -np.inf) and np.isnan(flat).any():
        _partition_whole(np.where(np.isnan(flat), -np.inf, flat), count, out)
    elif surplus > 0:
        out[np.flatnonzero(flat == threshold)[-surplus:]] = False
