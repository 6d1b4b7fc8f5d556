"""The audit of a run folder: one as the engine leaves it, and then changed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.verification.making import normal_ticket, ticket_of
from torch import nn

from tombola.files import write_json
from tombola.masks import Mask
from tombola.subnetwork import HeldMask, Subnetwork
from tombola.ticket import Architecture, Ticket
from tombola.training import RunFolder
from tombola.training.checkpoint import Position, save_checkpoint
from tombola.training.identity import identity
from tombola.verification import Finding, audit, passed
from tombola.weights import KaimingNormal, Own

OF_A_RUN = ["result", "spec", "checkpoints"]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A finished run."""
    folder = RunFolder(tmp_path / "run")
    spec = {**normal_ticket().spec, "seeds": {"init_seed": 1}}
    ticket = replace(normal_ticket(), spec=spec)
    ticket.save(folder.ticket)
    write_json(folder.spec, {"schema": 1, "id": identity(spec), "spec": spec})
    mask = ticket.mask
    facts = {"digest": ticket.digest, "kept": mask.kept(), "density": mask.density, "seconds": 3.5}
    write_json(folder.result, {"schema": 1, "id": identity(spec), **facts})
    return folder


def found(folder: RunFolder, model: nn.Module | None = None) -> dict[str, Finding]:
    return {finding.name: finding for finding in audit(folder.path, model)}


def failed(folder: RunFolder, model: nn.Module | None = None) -> list[str]:
    return [name for name, finding in found(folder, model).items() if finding.ok is False]


def rewrite(path: Path, **changed: Any) -> None:
    write_json(path, json.loads(path.read_text()) | changed)


def trained(network: nn.Module, path: Path, forget: Callable[[torch.optim.Optimizer], None] | None = None) -> None:
    """Train for three steps, with momentum, weight decay and both moments, and write the checkpoint."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1, weight_decay=0.1)
    generator = torch.Generator().manual_seed(0)
    for _ in range(3):
        optimizer.zero_grad()
        outputs = network(torch.rand(8, 1, 8, 8, generator=generator))
        outputs.square().sum().backward()
        optimizer.step()
    if forget is not None:
        forget(optimizer)
    save_checkpoint(path / "state.safetensors", network, optimizer, Position())


def test_a_run_as_it_should_be(run: RunFolder) -> None:
    findings = found(run)
    assert passed(findings.values())
    assert [findings[name].ok for name in OF_A_RUN] == [True, True, None]
    assert findings["checkpoints"].detail == "none of 0 checkpoints goes with the mask of a ticket"


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"digest": "sha256:0"}, "digest is 'sha256:0' in result.json, 'sha256:"),
        ({"kept": 1}, "kept is 1 in result.json, 1066 in the ticket"),
        ({"density": 0.51}, "density is 0.51 in result.json, 0.5 in the ticket"),
        ({"kept": None}, "kept is None in result.json"),
        ({"kept": "\x1b[2J" * 99}, "kept is '"),
    ],
)
def test_a_result_of_another_ticket(run: RunFolder, changed: dict[str, Any], detail: str) -> None:
    rewrite(run.result, **changed)
    assert failed(run) == ["result"]
    assert found(run)["result"].detail.startswith(detail)


def test_a_spec_that_was_edited(run: RunFolder) -> None:
    content = json.loads(run.spec.read_text())
    content["spec"]["seeds"]["init_seed"] = 2
    write_json(run.spec, content)
    assert failed(run) == ["spec"]
    assert "the id of the spec in spec.json is" in found(run)["spec"].detail


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"id": "0"}, "the id of spec.json is '0'"),
        ({"schema": 2}, "spec.json is of schema 2: expected 1"),
        ({"spec": {}}, "the id of the spec in spec.json is"),
        ({"spec": [1]}, "the id of the spec in spec.json is"),
    ],
)
def test_a_spec_of_another_run(run: RunFolder, changed: dict[str, Any], detail: str) -> None:
    rewrite(run.spec, **changed)
    assert failed(run) == ["spec"]
    assert detail in found(run)["spec"].detail


def test_a_ticket_of_another_run(run: RunFolder) -> None:
    normal_ticket().save(run.ticket)
    assert failed(run) == ["result", "spec"]


@pytest.mark.parametrize("content", ["", "{", "[]", "NaN", '{"spec": NaN}', "[" * 100_000, "\x00"])
def test_damaged_json_is_a_finding(run: RunFolder, content: str) -> None:
    run.spec.write_text(content)
    run.result.write_text(content)
    assert failed(run) == ["result", "spec"]


def test_a_run_that_is_not_finished(run: RunFolder) -> None:
    run.result.unlink()
    assert failed(run) == ["result", "spec"]
    assert "the run is not finished" in found(run)["result"].detail
    run.ticket.unlink()
    assert len(failed(run)) == 7


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    assert len(failed(RunFolder(tmp_path))) == 7


def masked_module(ticket: Ticket) -> nn.Module:
    module = ticket.build()
    HeldMask(module, ticket.mask)
    return module


def flat_subnetwork(ticket: Ticket) -> nn.Module:
    return Subnetwork(ticket.build(), ticket.mask, Own()).unfreeze()


@pytest.mark.parametrize(("make", "weights", "moments"), [(masked_module, 3, 6), (flat_subnetwork, 1, 2)])
def test_checkpoints_in_which_removed_weights_stayed_zero(
    run: RunFolder, make: Callable[[Ticket], nn.Module], weights: int, moments: int
) -> None:
    ticket = normal_ticket()
    trained(make(ticket), run.checkpoint("ticket"))
    trained(ticket.build(), run.checkpoint("edge-popup"))
    finding = found(run)["checkpoints"]
    assert finding.ok
    assert finding.detail == (
        f"looked at {weights} tensors of weights and {moments} of the optimiser in 1 checkpoints; "
        "1 others go with no mask"
    )


def test_a_checkpoint_of_a_dense_training_does_not_pass_for_one_under_the_mask(run: RunFolder) -> None:
    trained(normal_ticket().build(), run.checkpoint("ticket"))
    assert failed(run) == ["checkpoints"]
    assert "removed weights are not zero in network/fc" in found(run)["checkpoints"].detail


@pytest.mark.parametrize("make", [masked_module, flat_subnetwork])
@pytest.mark.parametrize("key", ["exp_avg", "exp_avg_sq"])
def test_one_moment_of_one_removed_weight_is_enough(
    run: RunFolder, make: Callable[[Ticket], nn.Module], key: str
) -> None:
    ticket = normal_ticket()
    network = make(ticket)
    place = int((~ticket.mask["fc1.weight"]).reshape(-1).nonzero()[0])

    def leak(optimizer: torch.optim.Optimizer) -> None:
        first = next(iter(network.parameters()))
        optimizer.state[first][key].view(-1)[place] = 1e-30

    trained(network, run.checkpoint("ticket"), leak)
    assert failed(run) == ["checkpoints"]
    assert f"1 removed weights are not zero in optimizer/0/{key} of checkpoint/ticket" in (
        found(run)["checkpoints"].detail
    )


@pytest.mark.parametrize("value", [float("nan"), 1e-30])
def test_one_removed_weight_is_enough(run: RunFolder, value: float) -> None:
    ticket = normal_ticket()
    network = masked_module(ticket)

    def revive(optimizer: torch.optim.Optimizer) -> None:
        weight = network.get_parameter("fc2.weight").data
        weight[tuple((~ticket.mask["fc2.weight"]).nonzero()[0])] = value

    trained(network, run.checkpoint("ticket"), revive)
    assert "1 removed weights are not zero in network/fc2.weight of" in found(run)["checkpoints"].detail


def test_every_level_has_a_mask_of_its_own(run: RunFolder) -> None:
    low, high = ticket_of(density=0.2, width=0.1), ticket_of(density=0.7, width=0.1)
    for level, ticket in ((1, high), (2, low)):
        run.level(level).mkdir(parents=True)
        ticket.save(run.level(level) / "ticket")
        trained(masked_module(ticket), run.checkpoint(f"level-{level:02}"))
    trained(masked_module(high), run.checkpoint("level-03"))  # its ticket is not written yet
    finding = found(run)["checkpoints"]
    assert finding.ok
    assert "in 2 checkpoints; 1 others go with no mask" in finding.detail
    trained(masked_module(high), run.checkpoint("level-02"))
    assert failed(run) == ["checkpoints"]
    assert "of checkpoint/level-02/state.safetensors" in found(run)["checkpoints"].detail


def test_weights_that_are_not_trained_are_not_counted_by_the_optimiser(run: RunFolder) -> None:
    network = masked_module(normal_ticket())
    network.get_parameter("fc1.bias").requires_grad_(False)
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=0.1)
    network(torch.rand(8, 1, 8, 8)).square().sum().backward()
    optimizer.step()
    save_checkpoint(run.checkpoint("ticket") / "state.safetensors", network, optimizer, Position())
    assert "3 tensors of weights and 6 of the optimiser" in found(run)["checkpoints"].detail
    assert found(run)["checkpoints"].ok


def test_the_optimiser_of_a_network_of_the_users_own_needs_the_model(run: RunFolder) -> None:
    ticket = normal_ticket()
    own = replace(ticket, architecture=Architecture("tests:Own"), spec=json.loads(run.spec.read_text())["spec"])
    own.save(run.ticket)
    trained(masked_module(ticket), run.checkpoint("ticket"))
    assert found(run)["checkpoints"].detail == (
        "looked at 3 tensors of weights and 0 of the optimiser in 1 checkpoints; 0 others go with no mask; "
        "those of the optimiser need a model"
    )
    assert "and 6 of the optimiser" in found(run, ticket.build())["checkpoints"].detail


def test_a_parameter_that_is_called_weights_is_a_layer_like_any_other(run: RunFolder) -> None:
    class Called(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = nn.Parameter(torch.ones(64, 2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(1) @ self.weights

    mask = Mask({"weights": torch.arange(128).view(64, 2) % 3 == 0})
    spec = json.loads(run.spec.read_text())["spec"]
    drawn = KaimingNormal(seed=0)
    ticket = Ticket(Architecture("tests:Called"), mask, {"weights": 1 / 3}, drawn, {}, spec=spec)
    ticket.save(run.ticket)
    model = ticket.build(Called())
    HeldMask(model, mask)
    trained(model, run.checkpoint("ticket"))
    assert "1 tensors of weights and 2 of the optimiser" in found(run, Called())["checkpoints"].detail
    assert found(run, Called())["checkpoints"].ok


def test_a_finished_training_has_no_optimiser(run: RunFolder) -> None:
    network = masked_module(normal_ticket())
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    save_checkpoint(run.checkpoint("ticket") / "state.safetensors", network, optimizer, Position(), finished=True)
    assert "3 tensors of weights and 0 of the optimiser" in found(run)["checkpoints"].detail


def test_checkpoints_that_cannot_be_read_are_findings(run: RunFolder) -> None:
    file = run.checkpoint("ticket") / "state.safetensors"
    file.parent.mkdir(parents=True)
    for content in (b"", b"\xff" * 50, b"\x02\x00\x00\x00\x00\x00\x00\x00{}"):
        file.write_bytes(content)
        assert failed(run) == ["checkpoints"]
    trained(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), file.parent)
    assert failed(run) == ["checkpoints"]
    assert "holds no network/fc1.weight of the shape that its mask has" in found(run)["checkpoints"].detail


def test_a_mask_of_another_size(run: RunFolder) -> None:
    module, mask = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), Mask({"1.weight": torch.ones(2, 64) > 0})
    trained(Subnetwork(module, mask, Own()).unfreeze(), run.checkpoint("ticket"))
    assert "holds no network/fc1.weight of the shape" in found(run)["checkpoints"].detail
