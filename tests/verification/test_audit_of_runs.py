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

from tombola.errors import UsageError
from tombola.files import write_json
from tombola.masks import Mask
from tombola.search.measures import layer_rows
from tombola.subnetwork import HeldMask, Subnetwork
from tombola.ticket import JSON, Architecture, Ticket, load
from tombola.training import RunFolder
from tombola.training.checkpoint import Position, save_checkpoint
from tombola.training.identity import identity
from tombola.verification import Finding, audit, passed
from tombola.weights import KaimingNormal, Own

OF_A_RUN = ["result", "figures", "spec", "checkpoints"]
FIGURES = {"test_accuracy": 0.9, "test_loss": 0.3, "validation_accuracy": 0.8, "validation_loss": 0.4}


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A finished run."""
    folder = RunFolder(tmp_path / "run")
    spec = {**normal_ticket().spec, "seeds": {"init_seed": 1}}
    metrics: dict[str, JSON] = {
        "metric": "accuracy",
        "evaluated_on": "test",
        "trained": False,
        "chosen_epoch": 3,
        **FIGURES,
    }
    ticket = replace(normal_ticket(), spec=spec, metrics=metrics)
    ticket.save(folder.ticket)
    write_json(folder.spec, {"schema": 1, "id": identity(spec), "spec": spec})
    mask = ticket.mask
    size = {"kept": mask.kept(), "density": mask.density}
    facts = {"digest": ticket.digest, **size, "prunable": mask.numel(), "seconds": 3.5}
    own = {"name": "it", **size, "test_accuracy": 0.9, "test_loss": 0.3}
    rows = {"comparison": [own, {"name": "another", "test_accuracy": 0.1}], "layers": layer_rows(mask)}
    write_json(folder.result, {"schema": 1, "id": identity(spec), **metrics, **facts, **rows})
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
    assert [findings[name].ok for name in OF_A_RUN] == [True, True, True, None]
    assert findings["checkpoints"].detail == "none of 0 checkpoints goes with the mask of a ticket"


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"digest": "sha256:0"}, "digest is 'sha256:0' in result.json, 'sha256:"),
        ({"kept": 1}, "kept is 1 in result.json, 1066 in the ticket"),
        ({"prunable": 9}, "prunable is 9 in result.json, 2132 in the ticket"),
        ({"density": 0.51}, "density is 0.51 in result.json, 0.5 in the ticket"),
        ({"kept": None}, "kept is None in result.json"),
        ({"kept": "\x1b[2J" * 99}, "kept is '"),
    ],
)
def test_a_result_of_another_ticket(run: RunFolder, changed: dict[str, Any], detail: str) -> None:
    rewrite(run.result, **changed)
    assert failed(run) == ["result"]
    assert found(run)["result"].detail.startswith(detail)


@pytest.mark.parametrize("key", [*FIGURES, "chosen_epoch", "trained", "metric", "evaluated_on"])
@pytest.mark.parametrize("value", [0.999, None, 10**400, [1], "1"])
def test_a_figure_that_was_forged(run: RunFolder, key: str, value: Any) -> None:
    rewrite(run.result, **{key: value})
    assert failed(run) == ["figures"]
    assert f"{key} is {value!r:.60} in result.json" in found(run)["figures"].detail


def test_a_forged_figure_in_all_places_of_the_result(run: RunFolder) -> None:
    content = json.loads(run.result.read_text())
    content["test_accuracy"] = content["comparison"][0]["test_accuracy"] = 0.999
    write_json(run.result, content)
    assert failed(run) == ["figures"]
    assert "test_accuracy is 0.999 in result.json, 0.9 in the ticket" in found(run)["figures"].detail


@pytest.mark.parametrize("changed", [{"test_accuracy": 0.999}, {"test_loss": 0}, {"kept": 1}, {"density": 1.0}])
def test_a_comparison_of_another_ticket(run: RunFolder, changed: dict[str, Any]) -> None:
    content = json.loads(run.result.read_text())
    content["comparison"][0] |= changed
    write_json(run.result, content)
    assert failed(run) == ["figures"]
    assert f"{next(iter(changed))} is {next(iter(changed.values()))} in the comparison" in found(run)["figures"].detail


@pytest.mark.parametrize("changed", [{"kept": 1}, {"prunable": 1}, {"density": 0.1}, {"shape": [1]}, {"name": "other"}])
def test_layers_of_another_ticket(run: RunFolder, changed: dict[str, Any]) -> None:
    content = json.loads(run.result.read_text())
    content["layers"][0] |= changed
    write_json(run.result, content)
    assert failed(run) == ["figures"]


@pytest.mark.parametrize("odd", [3, [3], {"0": 1}, "rows"])
@pytest.mark.parametrize("key", ["comparison", "layers", "levels"])
def test_rows_of_odd_types_are_a_finding(run: RunFolder, key: str, odd: Any) -> None:
    rewrite(run.result, **{key: odd})
    assert failed(run) == ["figures"]


def test_the_trained_network_goes_with_the_ticket(run: RunFolder) -> None:
    ticket = replace(load(run.ticket), metrics={**load(run.ticket).metrics, "trained": True})
    ticket.save(run.ticket)
    rewrite(run.result, digest=ticket.digest, trained=True)
    assert "there is no file of it" in found(run)["figures"].detail
    ticket.save(run.trained)
    assert failed(run) == []
    replace(ticket, metrics={**ticket.metrics, "test_accuracy": 0.999}).save(run.trained)
    assert "test_accuracy is 0.9 in the ticket, 0.999 in the trained network" in found(run)["figures"].detail
    other = ticket_of(density=0.2, width=0.1)
    replace(ticket, mask=other.mask, densities=other.densities).save(run.trained)
    assert "the trained network has another mask" in found(run)["figures"].detail


def test_the_levels_go_with_their_tickets(run: RunFolder) -> None:
    mask = normal_ticket().mask
    row = {"level": 1, "kept": mask.kept(), "prunable": mask.numel(), "density": mask.density, "test_accuracy": 0.7}
    replace(normal_ticket(), metrics=row).save(run.level(1) / "ticket")
    rewrite(run.result, levels=[row | {"ticket": "levels/01/ticket", "seconds": 1.5}])
    assert failed(run) == []
    for changed in ({"test_accuracy": 0.999}, {"kept": 1}, {"final_test_accuracy": 1.0}, {"level": 2}):
        rewrite(run.result, levels=[row | {"ticket": "levels/01/ticket"} | changed])
        assert failed(run) == ["figures"]


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
    assert failed(run) == ["result", "figures", "spec"]


@pytest.mark.parametrize("content", ["", "{", "[]", "NaN", '{"spec": NaN}', "[" * 100_000, "\x00"])
def test_damaged_json_is_a_finding(run: RunFolder, content: str) -> None:
    run.spec.write_text(content)
    run.result.write_text(content)
    assert failed(run) == ["result", "figures", "spec"]


def refused(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        audit(path)
    return str(caught.value)


def test_a_run_that_is_not_finished(run: RunFolder) -> None:
    run.result.unlink()
    said = f"{run.path} is of a run that is not finished: run the same command again to finish it"
    assert refused(run.path) == f"{said}, or give the ticket alone, {run.ticket}"
    run.ticket.unlink()
    assert refused(run.path) == said


def test_a_run_that_lost_its_ticket_is_one_still(run: RunFolder) -> None:
    run.ticket.unlink()
    assert len(failed(run)) == 8
    run.spec.unlink()
    assert len(failed(run)) == 8


def test_a_run_that_lost_its_spec_is_one_still(run: RunFolder) -> None:
    run.spec.unlink()
    assert failed(run) == ["spec"]


def test_a_folder_that_is_no_run(run: RunFolder, tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        f"{tmp_path} holds no ticket: expected a ticket file, or the folder of a finished run, such as {run.path}"
    )
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty").endswith("expected a ticket file, or the folder of a finished run")


def test_a_folder_of_replicates_names_one(run: RunFolder) -> None:
    folder = run.path.parent / "replicates"
    for seed in (10, 2, 0):
        (folder / f"seed-{seed}").mkdir(parents=True)
    assert refused(folder) == f"{folder} holds one run for each seed: give one of them, such as {folder / 'seed-0'}"
    (folder / "seed-10" / "result.json").write_text("{}")
    assert refused(folder).endswith(f"such as {folder / 'seed-10'}"), "one that is finished"


def test_the_folder_of_a_level_stands_for_its_ticket(run: RunFolder) -> None:
    normal_ticket().save(run.level(1) / "ticket")
    findings = audit(run.level(1))
    assert passed(findings)
    assert {finding.name: finding.ok for finding in findings}["result"] is None
    assert f"such as {run.level(1)}" in refused(run.levels)


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
