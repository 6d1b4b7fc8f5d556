"""Small measurements of what was found, for the record."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from tombola.masks import Mask
from tombola.search.found import Found
from tombola.subnetwork import live_units
from tombola.subnetwork.units import Units

BINS = 40


def layer_rows(mask: Mask, units: Mapping[str, Units] | None = None) -> list[dict[str, Any]]:
    """One row a layer: what is kept, and how many output units are live.

    Args:
        mask: of the ticket.
        units: name -> those of the weight; one row a unit where they are not known.
    """
    return [_layer_row(mask, name, (units or {}).get(name)) for name in mask]


def _layer_row(mask: Mask, name: str, of_weight: Units | None) -> dict[str, Any]:
    live, units = live_units(mask[name], of_weight)
    return {
        "name": name,
        "shape": list(mask.shapes[name]),
        "prunable": mask.numel(name),
        "kept": mask.kept(name),
        "density": mask.densities[name],
        "units": units,
        "live_units": live,
    }


def score_histograms(found: Found) -> list[dict[str, Any]]:
    """One histogram a layer: how the scores of kept and removed weights are spread."""
    scores = found.scores or {}
    return [_histogram(name, values.float().cpu(), found.mask[name]) for name, values in scores.items()]


def _histogram(name: str, scores: torch.Tensor, kept: torch.Tensor) -> dict[str, Any]:
    low, high = float(scores.min()), float(scores.max())
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    parts = {"kept": scores[kept], "removed": scores[~kept]}
    counts = {part: np.histogram(values.numpy(), bins=edges)[0].tolist() for part, values in parts.items()}
    return {"name": name, "edges": edges.tolist(), **counts}


def first_layer(mask: Mask, input_shape: tuple[int, ...]) -> dict[str, Any]:
    """The layer whose mask is shown as a picture, and the shape of what it sees."""
    name = next(iter(mask))
    return {"name": name, "shape": list(mask.shapes[name]), "input_shape": list(input_shape)}
