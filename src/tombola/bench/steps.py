"""Time of one training step: dense, pruned, edge-popup, and the published sorting edge-popup, in turn."""

import copy
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tombola import models
from tombola.bench.published import published_network
from tombola.data import DataSet, Preparation, Split
from tombola.masks import kept_count, select_layerwise
from tombola.search import EdgePopup
from tombola.search.methods.edge_popup import initial_scores
from tombola.subnetwork import HeldMask, Subnetwork, TopScores, prunable_layout
from tombola.training import Loop, Training, make_fabric, make_task, prepared_process, resolve_precision
from tombola.training.epoch import train_step
from tombola.training.optimizers import make_optimizer
from tombola.weights import SignedKaimingConstant

DENSITY, PRUNED_DENSITY = 0.5, 0.2
SORTING = "edge-popup by sorting"
Row = dict[str, Any]


def run_steps(
    model_names: Sequence[str],
    precision: str = "auto",
    batch_size: int = 128,
    compare_sort: bool = True,
    rounds: int = 7,
    seconds: float = 1.0,
) -> list[Row]:
    """Step times of each model, measured in turn so that a change of the machine's speed hits all alike.

    Args:
        model_names: names of `tombola.models.NAMES`.
        precision: as `Training.precision`; the published algorithm always runs in 32.
        batch_size: examples a step.
        compare_sort: whether the published algorithm is measured too.
        rounds: how often the networks take turns; medians over rounds are reported.
        seconds: about how long each network steps in a round.

    Returns:
        Rows {model, method, precision, step_ms, ratio_to_dense, speedup_over_sort}: `step_ms` is
        the median; ratios are medians of the rounds' own ratios, None where not measured.
    """
    kind = resolve_precision(precision)
    with prepared_process():
        return [row for name in model_names for row in _rows(name, kind, batch_size, compare_sort, rounds, seconds)]


def _rows(name: str, precision: str, batch_size: int, compare_sort: bool, rounds: int, seconds: float) -> list[Row]:
    dense = models.make(name)
    networks = {
        "dense": (dense, precision),
        "pruned": (pruned(dense), precision),
        "edge-popup": (subnetwork(dense), precision),
    }
    if compare_sort:
        networks[SORTING] = (published_network(dense, SignedKaimingConstant(), DENSITY), "32")
    steps = {
        method: stepper(network, kind, batch_size, method == SORTING) for method, (network, kind) in networks.items()
    }
    times: dict[str, list[float]] = {method: [] for method in steps}
    for step in steps.values():
        _time(step, seconds / 4)  # the first steps allocate
    for _ in range(rounds):
        for method, step in steps.items():
            times[method].append(_time(step, seconds))
    return [_row(name, method, networks[method][1], times) for method in times]


def _row(name: str, method: str, precision: str, times: dict[str, list[float]]) -> Row:
    def median_ratio(over: str, under: str) -> float:
        return statistics.median(a / b for a, b in zip(times[over], times[under], strict=True))

    is_ours = method == "edge-popup" and SORTING in times
    return {
        "model": name,
        "method": method,
        "precision": precision,
        "step_ms": statistics.median(times[method]) * 1e3,
        "ratio_to_dense": median_ratio(method, "dense"),
        "speedup_over_sort": median_ratio(SORTING, method) if is_ours else None,
    }


def subnetwork(model: nn.Module) -> Subnetwork:
    """The model searched by edge-popup at density 0.5."""
    method, layout = EdgePopup(density=DENSITY), prunable_layout(model)
    selector = TopScores(layout, method.choice(layout), initial_scores(layout, 0))
    return Subnetwork(model, selector, SignedKaimingConstant())


def pruned(model: nn.Module) -> nn.Module:
    """A copy of the model with a random mask of density 0.2 held on it, its weights trained as the dense one's are."""
    copied, layout = copy.deepcopy(model), prunable_layout(model)
    draws = {name: torch.rand(shape) for name, shape in layout.by_name.items()}
    counts = {name: kept_count(PRUNED_DENSITY, size) for name, size in layout.sized.items()}
    HeldMask(copied, select_layerwise(draws, counts))
    return copied


def stepper(network: nn.Module, precision: str, batch_size: int, by_sorting: bool = False) -> Callable[[], object]:
    """A function that does one training step of `network` on random inputs, by the loop's own step."""
    fabric = make_fabric(precision)
    shape: tuple[int, ...] = network.skeleton.input_shape if isinstance(network, Subnetwork) else network.input_shape  # type: ignore[assignment]
    # The published code keeps PyTorch's default layout; dense and ours use the faster one.
    layout = torch.contiguous_format if by_sorting else torch.channels_last
    inputs = torch.randn(batch_size, *shape).to(fabric.device, memory_format=layout)
    targets = torch.randint(0, 10, (batch_size,)).to(fabric.device)
    data = DataSet("random", Split(inputs, targets), None, None, 10, Preparation(), "", "random")
    training = Training(lr=1e-3)
    loop = Loop("bench", network, data, make_task(None, None, classes=10), training, fabric, Path(), 0)
    network.to(memory_format=layout)  # type: ignore[call-overload]
    wrapped, optimizer = fabric.setup(network.train(), make_optimizer(network.parameters(), training))

    def step() -> object:
        return train_step(loop, wrapped, optimizer, inputs, targets)

    return step


def _time(step: Callable[[], object], seconds: float) -> float:
    """Seconds a step, averaged over about `seconds`; the first, after another network's, is not counted."""
    step()
    _settle()
    began, count = time.perf_counter(), 0
    while count < 2 or time.perf_counter() - began < seconds:
        step()
        count += 1
    _settle()
    return (time.perf_counter() - began) / count


def _settle() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
