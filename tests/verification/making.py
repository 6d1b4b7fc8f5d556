"""Tickets of all kinds, small ones, and what tests count in them."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from tombola import models
from tombola.masks import Mask, kept_count
from tombola.subnetwork import Subnetwork, prunable_layout
from tombola.ticket import JSON, Architecture, Ticket
from tombola.weights import RECIPES, KaimingNormal, Recipe, SignedKaimingConstant, Zeros

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
SEEDS = st.integers(0, 2**63 - 1)
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """Any ticket: one-element layers, layers of which nothing or all is kept, recipes or given weights of any type."""
    shapes = {f"layer{index}.weight": draw(SHAPES) for index in range(draw(st.integers(1, 3)))}
    recipe = draw(recipes())
    densities = {name: draw(st.floats(0.01, 1.0)) for name in shapes}
    dtype = draw(st.sampled_from(DTYPES))
    given = {name: recipe.tensor(name, shape, densities[name], dtype) for name, shape in shapes.items()}
    return Ticket(
        Architecture("tests:Net"),
        Mask({name: draw(bits(shape)) for name, shape in shapes.items()}),
        densities,
        recipe if draw(st.booleans()) else given,
        {"bias": torch.arange(3.0), "norm.running_var": torch.full((2,), 0.5)},
        spec={"weights": recipe.to_spec()},
        metrics={"test_accuracy": 0.9},
    )


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Any recipe."""
    kind = draw(st.sampled_from(sorted(RECIPES.keys() - {Zeros.name})))  # of zeros there is nothing to control
    return RECIPES[kind](draw(SEEDS), scaled=draw(st.booleans()))


@st.composite
def bits(draw: st.DrawFn, shape: tuple[int, ...]) -> Tensor:
    """A layer's mask, of any count from none to all."""
    size = math.prod(shape)
    kept = draw(st.integers(0, size))
    order = draw(st.permutations(range(size)))
    flat = torch.zeros(size, dtype=torch.bool)
    flat[order[:kept]] = True
    return flat.view(shape)


def ticket_of(name: str = "digits-mlp", density: float = 0.5, recipe: Recipe | None = None, **arguments: Any) -> Ticket:
    """A ticket of a builtin architecture, as an untrained search leaves it."""
    recipe = recipe or SignedKaimingConstant(seed=1)
    model = models.make(name, **arguments)
    layout = prunable_layout(model)
    generator = torch.Generator().manual_seed(5)
    mask = Mask({n: some(shape, density, generator) for n, shape in layout.by_name.items()})
    densities = dict.fromkeys(layout.names, density)
    network = Subnetwork(model, mask, recipe, densities=densities)
    method: JSON = {"name": "edge-popup", "density": density, "scope": "layerwise"}
    return Ticket(
        Architecture(name, arguments, builtin=True),
        mask,
        densities,
        recipe,
        network.unmasked_state(),
        spec={"method": method, "weights": recipe.to_spec()},
    )


def normal_ticket(seed: int = 1, scaled: bool = False) -> Ticket:
    """A ticket with normally distributed weights, large enough that no two draws are alike."""
    return ticket_of(recipe=KaimingNormal(seed=seed, scaled=scaled), width=0.1)


def given_weights(ticket: Ticket, weights: Mapping[str, Tensor] | None = None, spec: Any = None) -> Ticket:
    """The same ticket with its weights as tensors."""
    return Ticket(
        ticket.architecture,
        ticket.mask,
        ticket.densities,
        weights or ticket.initial_weights(),
        ticket.state,
        spec=ticket.spec if spec is None else spec,
    )


def some(shape: tuple[int, ...], density: float, generator: torch.Generator) -> Tensor:
    """A random mask of a layer, by a way of its own."""
    size = math.prod(shape)
    flat = torch.zeros(size, dtype=torch.bool)
    flat[torch.randperm(size, generator=generator)[: kept_count(density, size)]] = True
    return flat.view(shape)


def histogram(values: Tensor) -> Counter[float]:
    """How often each value occurs."""
    return Counter(values.reshape(-1).double().tolist())


def kept_histograms(ticket: Ticket) -> dict[str, Counter[float]]:
    """Name -> how often each value occurs among the kept initial weights."""
    initial = ticket.initial_weights()
    return {name: histogram(initial[name][kept]) for name, kept in ticket.mask.items()}


def kept_counts(ticket: Ticket) -> dict[str, int]:
    """Name -> number of weights kept."""
    return {name: int(kept.sum()) for name, kept in ticket.mask.items()}


def same_tensors(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """The same names, types, shapes and bits."""

    def written(tensors: Mapping[str, Tensor]) -> dict[str, Any]:
        return {
            name: (tensor.dtype, tuple(tensor.shape), tensor.contiguous().reshape(-1).view(torch.uint8).tolist())
            for name, tensor in tensors.items()
        }

    return written(one) == written(other)
