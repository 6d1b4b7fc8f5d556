"""Small measurements of what was found, for the record."""

from typing import Any

import numpy as np
import torch

from tombola.masks import Mask
from tombola.search.job import Found
from tombola.subnetwork import live_units

BINS = 40


def layer_rows(mask: Mask) -> list[dict[str, Any]]:
    """One row a layer: what is kept, and how many output units are live."""
    return [_layer_row(mask, name) for name in mask]


def _layer_row(mask: Mask, name: str) -> dict[str, Any]:
    live, units = live_units(mask[name])
    return {
        "name": name,
        "shape": list(mask.shapes[name]),
        "prunable": mask.numel(name),
        "kept": mask.kept(name),
        "density": mask.densities[name],
        "units": units,
        "live_units": live,
    }


def score_histograms(found: Found, mask: Mask) -> list[dict[str, Any]]:
    """One histogram a layer: how the scores of kept and removed weights are spread."""
    if found.scores is None:
        return []
    named = found.network.layout.named(found.scores.float().cpu())
    return [_histogram(name, named[name], mask[name]) for name in mask]


def _histogram(name: str, scores: torch.Tensor, kept: torch.Tensor) -> dict[str, Any]:
    edges = np.linspace(float(scores.min()), float(scores.max()) or 1.0, BINS + 1)
    parts = {"kept": scores[kept], "removed": scores[~kept]}
    counts = {part: np.histogram(values.numpy(), bins=edges)[0].tolist() for part, values in parts.items()}
    return {"name": name, "edges": edges.tolist(), **counts}


def first_layer(mask: Mask, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """The layer whose mask is shown as a picture, and the shape of what it sees."""
    name = next(iter(mask))
    return {"name": name, "shape": list(mask.shapes[name]), "input_shape": list(input_shape)}
