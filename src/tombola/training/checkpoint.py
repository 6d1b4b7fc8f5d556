"""All that a loop needs to go on as if nothing had happened, in one safetensors file."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from tombola.errors import RunFolderError
from tombola.files import write_bytes

# The files of a training: the checkpoint to go on from, the network of the best row, and that of one chosen moment.
STATE, BEST, SNAPSHOT = "state.safetensors", "best.safetensors", "snapshot.safetensors"


@dataclass
class Position:
    """Where a loop is: the one mutable value of the training package."""

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    metric_sum: float = 0.0
    examples: int = 0
    chosen: int = -1
    chosen_key: list[float] | None = None
    train_seconds: float = 0.0
    history: list[dict[str, Any]] = field(default_factory=list)


def changing_state(network: nn.Module) -> dict[str, Tensor]:
    """What training changes: trainable parameters and persistent buffers. Views, not copies."""
    frozen = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    state = network.state_dict().items()
    return {name: tensor for name, tensor in state if name not in frozen and isinstance(tensor, Tensor)}


def save_network(path: Path, network: nn.Module) -> None:
    """Write the changing state of a network alone."""
    _write(path, changing_state(network), "")


def load_network(path: Path, network: nn.Module) -> None:
    """Read what `save_network` wrote."""
    tensors, _ = _read(path)
    _copy_into(changing_state(network), tensors, path)


def load_network_of_checkpoint(path: Path, network: nn.Module) -> None:
    """Read the network alone of what `save_checkpoint` wrote."""
    tensors, _ = _read(path)
    _copy_into(changing_state(network), _grouped(tensors).get("network", {}), path)


def check_file(path: Path) -> None:
    """See that a file is whole, as `save_network` or `save_checkpoint` wrote it.

    Raises:
        RunFolderError: where it is not.
    """
    _read(path)


def read_history(path: Path) -> list[dict[str, Any]]:
    """The rows of what `save_checkpoint` wrote, one an evaluation.

    Raises:
        RunFolderError: where the file is damaged.
    """
    _, metadata = _read(path)
    return Position(**json.loads(metadata["position"])).history


def save_checkpoint(
    path: Path, network: nn.Module, optimizer: torch.optim.Optimizer, position: Position, finished: bool = False
) -> None:
    """Write network, optimiser, random state and position in one atomic step.

    A finished training makes no further step, so its optimiser is left out.
    """
    tensors = {f"network/{name}": tensor for name, tensor in changing_state(network).items()}
    entries_of = {} if finished else optimizer.state_dict()["state"]
    for index, entries in entries_of.items():
        tensors |= {f"optimizer/{index}/{key}": value for key, value in entries.items() if value is not None}
    tensors["random/cpu"] = torch.get_rng_state()
    for index, state in enumerate(torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []):
        tensors[f"random/cuda{index}"] = state
    _write(path, tensors, json.dumps(asdict(position)))


def load_checkpoint(path: Path, network: nn.Module, optimizer: torch.optim.Optimizer) -> Position:
    """Put network, optimiser and random state back, and return the position.

    Raises:
        RunFolderError: where the file is damaged or belongs to another network.
    """
    tensors, metadata = _read(path)
    try:
        return _restore(path, network, optimizer, _grouped(tensors), metadata)
    except RunFolderError:
        raise
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        raise RunFolderError(
            f"the checkpoint {path} is damaged ({error!r}): delete it, or say fresh, to begin again"
        ) from error


def _restore(
    path: Path,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    groups: dict[str, dict[str, Tensor]],
    metadata: dict[str, str],
) -> Position:
    _copy_into(changing_state(network), groups.get("network", {}), path)
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    entries: dict[int, dict[str, Tensor]] = {}
    for name, tensor in groups.get("optimizer", {}).items():
        index, key = name.split("/", 1)
        entries.setdefault(int(index), {})[key] = _laid_out_like(parameters[int(index)], tensor)
    optimizer.load_state_dict({"state": entries, "param_groups": optimizer.state_dict()["param_groups"]})
    random = groups.get("random", {})
    torch.set_rng_state(random.pop("cpu"))
    if random and torch.cuda.is_available():
        torch.cuda.set_rng_state_all([random[f"cuda{index}"] for index in range(len(random))])
    return Position(**json.loads(metadata["position"]))


def _write(path: Path, tensors: dict[str, Tensor], position: str) -> None:
    owned = _owned(tensors)
    write_bytes(path, save(owned, {"position": position, "digest": _digest(owned, position)}))


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise RunFolderError(
            f"cannot read the checkpoint {path} ({error}): delete it, or say fresh, to begin again"
        ) from error
    if metadata.get("digest") != _digest(tensors, metadata.get("position", "")):
        raise RunFolderError(
            f"the checkpoint {path} is damaged or was altered: delete it, or say fresh, to begin again"
        )
    return tensors, metadata


def _digest(tensors: dict[str, Tensor], position: str) -> str:
    sha = hashlib.sha256(position.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        sha.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        sha.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return sha.hexdigest()


def _grouped(tensors: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        group, _, rest = name.partition("/")
        groups.setdefault(group, {})[rest] = tensor
    return groups


def _copy_into(own: dict[str, Tensor], saved: dict[str, Tensor], path: Path) -> None:
    if {name: tensor.shape for name, tensor in own.items()} != {name: value.shape for name, value in saved.items()}:
        raise RunFolderError(f"the checkpoint {path} is of another network: delete it, or say fresh, to begin again")
    with torch.no_grad():
        for name, tensor in own.items():
            tensor.copy_(saved[name])


def _laid_out_like(parameter: Tensor, tensor: Tensor) -> Tensor:
    # Fused optimisers walk through memory, so their state must lie as the parameter does (channels last, say).
    if tensor.shape != parameter.shape:
        return tensor
    return torch.empty_like(parameter, dtype=tensor.dtype, requires_grad=False).copy_(tensor)


def _owned(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    # safetensors refuses shared storage, and tied or viewed tensors share it.
    return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
