import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from tombola.errors import RunFolderError
from tombola.training.checkpoint import (
    Position,
    changing_state,
    load_checkpoint,
    load_network,
    save_checkpoint,
    save_network,
)

POSITION = Position(
    epoch=3,
    batch=2,
    loss_sum=1 / 3,
    metric_sum=5.0,
    examples=7,
    chosen=1,
    chosen_key=[0.1, -0.2],
    history=[{"a": 0.1}],
)


def made(optimizer: str = "Adam", units: int = 3) -> tuple[nn.Module, torch.optim.Optimizer]:
    network = nn.Sequential(nn.Linear(4, units), nn.BatchNorm1d(units), nn.Dropout(), nn.Linear(units, 2))
    network[0].weight.requires_grad_(False)
    trained = [p for p in network.parameters() if p.requires_grad]
    settings = {"lr": 0.1, "momentum": 0.9} if optimizer == "SGD" else {"lr": 0.1}
    return network, getattr(torch.optim, optimizer)(trained, **settings)


def steps(network: nn.Module, optimizer: torch.optim.Optimizer, count: int) -> list[Tensor]:
    for _ in range(count):
        optimizer.zero_grad()
        network(torch.randn(6, 4)).square().sum().backward()
        optimizer.step()
    return [value.clone() for value in network.state_dict().values()]


@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdamW"])
def test_what_follows_a_checkpoint_follows_its_copy_to_the_bit(tmp_path: Path, kind: str) -> None:
    network, optimizer = made(kind)
    steps(network, optimizer, 3)
    save_checkpoint(tmp_path / "state", network, optimizer, POSITION)
    frozen = network[0].weight.clone()  # type: ignore[index]
    expected = steps(network, optimizer, 3)
    torch.manual_seed(99)
    other, its_optimizer = made(kind)
    other[0].weight.data.copy_(frozen)  # type: ignore[index]
    assert load_checkpoint(tmp_path / "state", other, its_optimizer) == POSITION
    assert all(torch.equal(a, b) for a, b in zip(steps(other, its_optimizer, 3), expected, strict=True))


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_what_an_optimiser_remembers_lies_in_memory_as_its_parameter(tmp_path: Path, kind: str) -> None:
    def made() -> tuple[nn.Module, torch.optim.Optimizer]:
        torch.manual_seed(0)
        network = nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        settings = {"momentum": 0.9} if kind == "SGD" else {}
        return network, getattr(torch.optim, kind)(network.parameters(), lr=0.1, fused=True, **settings)

    def step(network: nn.Module, optimizer: torch.optim.Optimizer) -> Tensor:
        optimizer.zero_grad()
        images = torch.arange(128.0).view(1, 2, 8, 8).contiguous(memory_format=torch.channels_last)
        network(images / 128).square().sum().backward()
        optimizer.step()
        return network.get_parameter("weight").detach().clone()

    one, other = made(), made()
    step(*one)
    save_checkpoint(tmp_path / "state", *one, POSITION)
    load_checkpoint(tmp_path / "state", *other)
    assert torch.equal(step(*other), step(*one))


def test_frozen_weights_are_not_written(tmp_path: Path) -> None:
    network, optimizer = made()
    steps(network, optimizer, 1)
    save_checkpoint(tmp_path / "state", network, optimizer, POSITION)
    names = {name.removeprefix("network/") for name in load_file(tmp_path / "state") if name.startswith("network/")}
    assert names == set(network.state_dict()) - {"0.weight"}


def test_saving_does_not_alias(tmp_path: Path) -> None:
    network, _ = made()
    save_network(tmp_path / "best", network)
    before = {name: value.clone() for name, value in changing_state(network).items()}
    with torch.no_grad():
        for value in changing_state(network).values():
            value.add_(1)
    load_network(tmp_path / "best", network)
    assert all(torch.equal(value, before[name]) for name, value in changing_state(network).items())


def test_tied_weights_and_extra_state_can_be_saved(tmp_path: Path) -> None:
    class Counting(nn.Linear):
        def get_extra_state(self) -> int:
            return 5

        def set_extra_state(self, state: int) -> None:
            del state

    network = nn.Sequential(nn.Linear(3, 3), Counting(3, 3))
    network[1].weight = network[0].weight
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    save_checkpoint(tmp_path / "state", network, optimizer, POSITION)
    load_checkpoint(tmp_path / "state", network, optimizer)
    assert network[1].weight is network[0].weight


def test_a_checkpoint_of_another_network(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "state", *made(units=3), POSITION)
    with pytest.raises(RunFolderError, match="is of another network: delete it, or say fresh, to begin again"):
        load_checkpoint(tmp_path / "state", *made(units=4))


@pytest.mark.parametrize("kept", [0, 1, 7, 100, -1])
def test_a_truncated_file(tmp_path: Path, kept: int) -> None:
    network, optimizer = made()
    path = tmp_path / "state"
    save_checkpoint(path, network, optimizer, POSITION)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RunFolderError, match=r"cannot read the checkpoint .*: delete it, or say fresh, to begin again"):
        load_checkpoint(path, network, optimizer)


@pytest.mark.parametrize(
    "position", [None, "{", "[]", json.dumps({"epoch": 1, "surprise": 2}), json.dumps({"random": 1})]
)
def test_a_damaged_position(tmp_path: Path, position: str | None) -> None:
    network, optimizer = made()
    path = tmp_path / "state"
    save_checkpoint(path, network, optimizer, POSITION)
    save_file(load_file(path), path, None if position is None else {"position": position})
    with pytest.raises(RunFolderError, match="is damaged"):
        load_checkpoint(path, network, optimizer)


@pytest.mark.parametrize("damage", ["random/cpu", "optimizer/first/step", "optimizer/99/step"])
def test_damaged_parts(tmp_path: Path, damage: str) -> None:
    network, optimizer = made()
    steps(network, optimizer, 1)
    path = tmp_path / "state"
    save_checkpoint(path, network, optimizer, POSITION)
    tensors = load_file(path) | {damage: torch.zeros(3)}
    save_file(tensors, path, {"position": "{}"})
    with pytest.raises(RunFolderError, match="is damaged"):
        load_checkpoint(path, network, optimizer)


def test_a_flipped_bit_anywhere_is_noticed(tmp_path: Path) -> None:
    path, model = tmp_path / "network", nn.Linear(4, 3)
    save_network(path, model)
    content = path.read_bytes()
    for index in (len(content) - 1, len(content) - 30, 20):
        path.write_bytes(content[:index] + bytes([content[index] ^ 4]) + content[index + 1 :])
        with pytest.raises(RunFolderError, match="delete it, or say fresh, to begin again"):
            load_network(path, model)
