"""What every method promises, whatever it does: counts, seeds, zeros, files, kills, and models it never heard of."""

import dataclasses
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.families import FAMILIES
from torch import Tensor, nn

import tombola as tb
from tombola.masks import kept_count
from tombola.search import METHODS, Method, method_named
from tombola.search.parts.budget import Budget
from tombola.subnetwork import prunable_layout
from tombola.ticket import Ticket
from tombola.training import epoch as stretches
from tombola.verification import audit, passed

# What a method needs to be quick here; the others take their defaults.
TINY: dict[str, dict[str, Any]] = {
    "imp": {"levels": 2, "rewind_step": "1it"},
    "criterion": {"retrain": True},
    "threshold": {"thresholds": (0.0, 0.02), "retrain_step": "4it"},
    "bernoulli": {"draws": 2},
    "iterand": {"redraw_every": "2it"},
    "slot-machines": {"slots": 2},
    "synflow": {"rounds": 3},
    "snip": {"examples": 8},
    "grasp": {"examples": 8},
}
TIMES = ("seconds", "train_seconds", "step_seconds", "levels")
SETTINGS: dict[str, Any] = {"epochs": 2, "batch_size": 8, "lr": 0.05, "precision": "32", "evaluate_every": "3it"}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> Method:
    """Every method that is registered: a new one is held to the contract without a line here."""
    return method_named(request.param, **TINY.get(request.param, {}))


def data(name: str = "mlp") -> Any:
    family = FAMILIES[name]
    torch.manual_seed(11)

    def split(examples: int) -> tuple[Tensor, Tensor]:
        labels = torch.arange(examples) % family.classes
        return family.inputs(examples), labels

    return split(40), split(12), split(12)


def model() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 3))


def found(method: Method, out: Path | None = None, **changed: Any) -> tb.Run:
    return tb.run(model(), data(), method=method, out=out, **(SETTINGS | changed))


def test_it_is_a_frozen_value_that_describes_itself(method: Method) -> None:
    assert dataclasses.is_dataclass(method)
    with pytest.raises(dataclasses.FrozenInstanceError):
        method.name = "other"
    spec = json.loads(json.dumps(method.to_spec()))
    assert spec["name"] == method.name == METHODS[method.name].name
    assert spec.keys() == {"name"} | {field.name for field in dataclasses.fields(method)}
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in spec.items() if key != "name"}
    assert method_named(method.name, **given) == method


def test_the_counts_are_exact(method: Method) -> None:
    ticket = found(method).ticket
    layout = prunable_layout(model())
    if isinstance(method, Budget) and method.scope == "global":
        assert ticket.mask.kept() == kept_count(method.density, layout.total)
    else:
        for name, size in layout.sized.items():
            assert ticket.mask.kept(name) == kept_count(ticket.densities[name], size)


def test_one_seed_one_ticket_and_another_seed_another(method: Method, tmp_path: Path) -> None:
    first, again, other = found(method), found(method), found(method, seed=1)
    assert first.ticket.save(tmp_path / "a").read_bytes() == again.ticket.save(tmp_path / "b").read_bytes()
    assert (first.ticket.mask, first.ticket.weights_digest) != (other.ticket.mask, other.ticket.weights_digest)


def test_what_is_removed_is_zero_and_files_hold_the_same(method: Method, tmp_path: Path) -> None:
    run = found(method, tmp_path / "run")
    assert run.folder is not None
    for name in ("ticket", "trained") if run.result["trained"] else ("ticket",):
        loaded = tb.load(run.folder / name)
        assert loaded.mask == run.ticket.mask
        built = loaded.build(model())
        for key, kept in loaded.mask.items():
            removed = built.get_parameter(key)[~kept]
            assert torch.equal(removed, torch.zeros_like(removed))
        network = loaded.build(model())
        assert all(
            torch.equal(a, b) for a, b in zip(network.state_dict().values(), built.state_dict().values(), strict=True)
        )
    assert tb.load(run.folder / "ticket").digest == run.ticket.digest == run.result["digest"]


def test_the_reported_figure_is_that_of_the_file(method: Method, tmp_path: Path) -> None:
    run = found(method, tmp_path / "run")
    own = tb.load(tmp_path / "run" / ("trained" if run.result["trained"] else "ticket"))
    assert tb.evaluate(own, data(), model())["test_accuracy"] == run.result["test_accuracy"]


def test_it_passes_the_audit(method: Method, tmp_path: Path) -> None:
    run = tb.run("digits-mlp", "digits", method=method, out=tmp_path / "run", epochs=1, batch_size=256, precision="32")
    findings = audit(tmp_path / "run")
    assert passed(findings), [finding for finding in findings if finding.ok is False]
    assert passed(audit(run.ticket.save(tmp_path / "alone")))


def plain(folder: Path) -> dict[str, Any]:
    result = json.loads((folder / "result.json").read_text())
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return {
        "result": {key: value for key, value in result.items() if key not in TIMES},
        "rows": [{key: value for key, value in row.items() if key not in TIMES} for row in rows],
        "tickets": {str(path.relative_to(folder)): path.read_bytes() for path in tickets(folder)},
    }


def tickets(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.name in ("ticket", "trained") and path.is_file())


class Killed(BaseException):
    pass


def test_a_killed_run_goes_on_to_the_bit(method: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found(method, tmp_path / "whole")
    monkeypatch.setattr(stretches, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    real = stretches.train_step
    kills = 0
    for attempt in count(1):
        calls = count(1)

        def step(*given: Any, calls: Any = calls) -> Tensor:
            if next(calls) > 4:
                raise Killed
            return real(*given)

        monkeypatch.setattr(stretches, "train_step", step)
        try:
            found(method, tmp_path / "killed")
            break
        except Killed:
            kills += 1
        assert attempt < 100, "the run makes no progress"
    assert kills >= 1
    assert plain(tmp_path / "killed") == plain(tmp_path / "whole")


@pytest.mark.parametrize("name", ["transformer", "lstm", "tied", "conv-transpose", "normalised", "unused"])
def test_it_works_on_models_it_was_not_written_for(method: Method, name: str) -> None:
    family = FAMILIES[name]
    torch.manual_seed(3)
    module = family.make()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    ticket = tb.find(module, data(name), method=method, epochs=1, batch_size=8, lr=0.01, precision="32")
    assert isinstance(ticket, Ticket)
    torch.manual_seed(3)
    outputs = ticket.build(family.make()).eval()(family.inputs(4))
    assert outputs.isfinite().all()
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items()), "the user's own is left"
