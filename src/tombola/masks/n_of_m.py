"""N:M selection: the `keep` best of every `group` neighbours along the input dimension."""

import torch
from torch import Tensor

from tombola.errors import UsageError


def n_of_m_mask(scores: Tensor, keep: int, group: int, dim: int = 1) -> Tensor:
    """The mask that keeps the `keep` highest of each `group` consecutive scores along `dim`.

    With keep=2, group=4 this is the 2:4 pattern that sparse tensor cores run. Ties go to the
    lowest index, NaN counts as minus infinity.

    Args:
        scores: a weight's scores, e.g. (out, in) or (out, in, height, width).
        keep: N, 1 <= keep <= group.
        group: M; must divide the size of `dim`.
        dim: the dimension that is grouped; the inputs are 1 in PyTorch's linear layers and convolutions,
            0 in transposed convolutions and embeddings.

    Returns:
        A bool tensor of the same shape; every group has exactly `keep` True.

    Raises:
        UsageError: where the numbers do not fit the shape.

    Source: Mishra et al. 2021, Accelerating Sparse Deep Neural Networks, arXiv 2104.08378.

    >>> n_of_m_mask(torch.tensor([[0.1, 0.4, 0.3, 0.2]]), keep=2, group=4)
    tensor([[False,  True,  True, False]])
    """
    if not 1 <= keep <= group:
        raise UsageError(f"{keep}:{group}: expected 1 <= keep <= group, as in 2:4")
    if not -scores.dim() <= dim < scores.dim():
        raise UsageError(f"{keep}:{group} along dimension {dim}: the scores have only {scores.dim()} dimensions")
    size = scores.shape[dim]
    if size % group:
        raise UsageError(f"{keep}:{group}: dimension {dim} has size {size}, which {group} does not divide")
    ranked = scores.detach()
    if ranked.is_floating_point():
        ranked = ranked.nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
    groups = ranked.movedim(dim, -1).unflatten(-1, (size // group, group))
    best = groups.sort(dim=-1, descending=True, stable=True).indices[..., :keep]
    mask = torch.zeros(groups.shape, dtype=torch.bool, device=scores.device).scatter_(-1, best, True)
    return mask.flatten(-2).movedim(-1, dim).contiguous()
