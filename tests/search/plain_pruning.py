"""Iterative magnitude pruning as a plain loop: dictionaries, sorting, and a multiplication by 0 and 1 at every step."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

import tombola as tb
from tombola.api import Plan, execute, plan
from tombola.data import batches
from tombola.search import IterativeMagnitude, Job
from tombola.training import Training, make_fabric
from tombola.weights import Recipe

State = dict[str, Tensor]
# 38 examples in batches of 8 are 5 steps an epoch, 10 in all.
SETTINGS: dict[str, Any] = {
    "epochs": 2,
    "batch_size": 8,
    "optimizer": "sgd",
    "lr": 0.1,
    "weight_decay": 0.01,
    "schedule": "cosine",
    "evaluate_every": "3it",
    "precision": "32",
}
PER_EPOCH, STEPS = 5, 10
ADAM: dict[str, Any] = {"optimizer": "adam", "lr": 0.02}


def splits(dtype: torch.dtype = torch.float32) -> Any:
    generator = torch.Generator().manual_seed(5)

    def split(examples: int) -> tuple[Tensor, Tensor]:
        inputs = torch.randn(examples, 6, generator=generator)
        noise = torch.randn(examples, 3, generator=generator)
        return inputs.to(dtype), (inputs[:, :3] + 0.7 * noise).argmax(1)

    return split(38), split(17), split(19)


def network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))


def planned(method: IterativeMagnitude, model: nn.Module | None = None, data: Any = None, **changed: Any) -> Plan:
    return plan(model or network(), data or splits(), method=method, **(SETTINGS | changed))


def run(method: IterativeMagnitude, out: Path, *given: Any, **changed: Any) -> tb.Run:
    return execute(planned(method, *given, **changed), out, page=False)


def same(a: State, b: State) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def values(model: nn.Module) -> State:
    return {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}


@dataclass
class PlainLevel:
    """What a level was: its mask, what it began from, and what the network was after each step."""

    mask: dict[str, Tensor]
    begin: State
    after: dict[int, State]
    start: int

    @property
    def end(self) -> State:
        return self.after[STEPS]


def rate(settings: Training, epoch: int) -> float:
    if epoch < settings.warmup_epochs:
        return settings.lr * (epoch + 1) / settings.warmup_epochs
    done = (epoch - settings.warmup_epochs) / (settings.epochs - settings.warmup_epochs)
    return settings.lr * {"cosine": 0.5 * (1 + math.cos(math.pi * done)), "constant": 1.0}[settings.schedule]


def optimizer_of(settings: Training, model: nn.Module) -> torch.optim.Optimizer:
    parameters, decay = list(model.parameters()), settings.weight_decay
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=settings.momentum, weight_decay=decay, fused=True)
    if settings.optimizer == "adam":
        return torch.optim.Adam(parameters, weight_decay=decay, fused=True)
    return torch.optim.AdamW(parameters, weight_decay=decay, fused=True)


def trained(
    job: Job, begin: State, mask: dict[str, Tensor], start: int, lr: Callable[[int], float]
) -> dict[int, State]:
    device = make_fabric("32").device  # the same operations on the same device
    model = network().to(device)
    model.load_state_dict(begin)
    weights = dict(model.named_parameters())
    masks = {name: kept.to(device) for name, kept in mask.items()}
    for name, kept in masks.items():
        weights[name].data *= kept
    optimizer = optimizer_of(job.training, model)
    after = {start: values(model)}
    for step in range(start, STEPS):
        epoch, index = divmod(step, PER_EPOCH)
        optimizer.param_groups[0]["lr"] = lr(epoch)
        stream = batches(job.data.train.to(device), 8, job.data.preparation, seed=job.seeds.data_seed, epoch=epoch)
        inputs, targets = next(batch for place, batch in enumerate(stream) if place == index)
        optimizer.zero_grad()
        F.cross_entropy(model.train()(inputs), targets).backward()
        for name, kept in masks.items():
            gradient = weights[name].grad
            assert gradient is not None
            gradient *= kept
        if job.training.clip_norm:
            nn.utils.clip_grad_norm_(model.parameters(), job.training.clip_norm)
        optimizer.step()
        after[step + 1] = values(model)
    return after


def smallest_removed(end: State, mask: dict[str, Tensor], counts: dict[str, int]) -> dict[str, Tensor]:
    made = {}
    for name, kept in mask.items():
        flat, chosen = end[name].abs().flatten().tolist(), torch.zeros(kept.numel(), dtype=torch.bool)
        ranked = sorted(kept.flatten().nonzero().flatten().tolist(), key=lambda index: (-flat[index], index))
        chosen[ranked[: counts[name]]] = True
        made[name] = chosen.view(kept.shape)
    return made


def smallest_removed_of_all(end: State, mask: dict[str, Tensor], keep: int) -> dict[str, Tensor]:
    flat = [
        (-abs(value), layer, index)
        for layer, name in enumerate(mask)
        for index, value in enumerate(end[name].flatten().tolist())
        if mask[name].flatten()[index]
    ]
    made = {name: torch.zeros(kept.numel(), dtype=torch.bool) for name, kept in mask.items()}
    for _, layer, index in sorted(flat)[:keep]:
        made[list(mask)[layer]][index] = True
    return {name: made[name].view(kept.shape) for name, kept in mask.items()}


WEIGHTS = {"0.weight": 72, "3.weight": 96, "5.weight": 24}
Prune = Callable[[int, State, dict[str, Tensor]], dict[str, Tensor]]


def layerwise(fraction: float) -> Prune:
    def prune(level: int, end: State, mask: dict[str, Tensor]) -> dict[str, Tensor]:
        return smallest_removed(end, mask, {name: round((1 - fraction) ** level * n) for name, n in WEIGHTS.items()})

    return prune


def plain(job: Job, begin: State, rewind: int, retraining: str, prune: Prune, depth: int) -> list[PlainLevel]:
    mask = {name: torch.ones_like(begin[name], dtype=torch.bool) for name in WEIGHTS}
    settings = job.training
    after = trained(job, begin, mask, 0, lambda epoch: rate(settings, epoch))
    made = [PlainLevel(mask, after[rewind], after, 0)]

    def lr(epoch: int) -> float:
        return rate(settings, settings.epochs - 1 if retraining == "fine-tuning" else epoch)

    for level in range(1, depth + 1):
        mask = prune(level, made[-1].end, mask)
        source = made[0].begin if retraining == "weight-rewinding" else made[-1].end
        made.append(PlainLevel(mask, source, trained(job, source, mask, rewind, lr), rewind))
    return made


def initial(job: Job) -> State:
    """Untrained values by the job's recipe: weights drawn, biases zero, normalisation fresh."""
    state = values(network())
    if not isinstance(job.weights, Recipe):
        return state
    for name in WEIGHTS:
        state[name] = job.weights.tensor(name, tuple(state[name].shape))
    return {name: torch.zeros_like(value) if name.endswith("bias") else value for name, value in state.items()}


def ended(folder: Path, level: int) -> State:
    tensors = load_file(folder / "checkpoint" / f"level-{level:02}" / "state.safetensors")
    return {name.removeprefix("network/"): value for name, value in tensors.items() if name.startswith("network/")}


def check_level(folder: Path, level: int, expected: PlainLevel) -> None:
    ticket = tb.load(folder / "levels" / f"{level:02}" / "ticket")
    assert all(torch.equal(ticket.mask[name], kept) for name, kept in expected.mask.items())
    masked = {name: value * expected.mask.get(name, 1) for name, value in expected.begin.items()}
    assert same(values(ticket.build(network())), masked), "what it begins from"
    assert same(ended(folder, level), expected.end), "what it was trained to"


def figures(job: Job, split: Any, state: State) -> tuple[float, float]:
    model = network().eval()
    model.load_state_dict(state)
    with torch.no_grad():
        outputs = model(job.data.preparation(split.inputs))
    hits = (outputs.argmax(1) == split.targets).double().mean()
    return float(F.cross_entropy(outputs.double(), split.targets)), float(hits)


def tickets(folder: Path) -> list[tb.Ticket]:
    return [tb.load(path / "ticket") for path in sorted(folder.glob("levels/*")) if path.is_dir()]
