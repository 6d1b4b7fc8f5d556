"""Pure tensor maths on masks: values, exact selection, budgets. Knows no models."""

from tombola.masks.allocation import ALLOCATIONS, allocate
from tombola.masks.counts import kept_count
from tombola.masks.mask import Mask
from tombola.masks.n_of_m import n_of_m_mask
from tombola.masks.overlap import hamming, jaccard, overlap
from tombola.masks.select import select_global, select_layerwise
from tombola.masks.top_k import top_k_mask

__all__ = [
    "ALLOCATIONS",
    "Mask",
    "allocate",
    "hamming",
    "jaccard",
    "kept_count",
    "n_of_m_mask",
    "overlap",
    "select_global",
    "select_layerwise",
    "top_k_mask",
]
