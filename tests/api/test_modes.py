"""What mode the caller is in does not change what a run gives."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import torch
from torch import nn

import tombola as tb
from tombola.training import own_modes


def digest() -> str:
    return tb.find("digits-mlp", "digits", epochs=1, precision="32").digest


@contextmanager
def double_by_default() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
        assert torch.get_default_dtype() == torch.float64, "the caller's own choice must come back"
    finally:
        torch.set_default_dtype(torch.float32)


MODES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", torch.bfloat16),
    "float64": double_by_default,
}


@pytest.mark.parametrize("mode", MODES)
def test_the_callers_mode_does_not_count(mode: str) -> None:
    outside = digest()
    with MODES[mode]():
        assert digest() == outside
        assert torch.is_grad_enabled() is (mode not in ("no_grad", "inference_mode"))


def test_a_refused_run_leaves_nothing_behind(tmp_path: Path) -> None:
    out = tmp_path / "runs" / "refused"
    with pytest.raises(tb.UsageError, match="does not take inputs"):
        tb.run("conv2", "digits", out=out)
    assert not out.exists()


def test_a_global_choice_leaves_every_layer_alive() -> None:
    found = tb.run("digits-mlp", "digits", method=tb.EdgePopup(density=0.1, scope="global"), epochs=3)
    assert found.ticket.mask.kept() == 5043
    assert all(density > 0.02 for density in found.ticket.mask.densities.values())


def test_half_precision_needs_a_gpu() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(tb.UsageError, match="precision=16-mixed needs a GPU"):
        tb.find("digits-mlp", "digits", precision="16-mixed")


def test_plain_outputs_for_plain_targets() -> None:
    inputs = torch.randn(60, 5)
    data = ((inputs, inputs.sum(dim=1)), (inputs, inputs.sum(dim=1)))
    found = tb.run(nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0)), data, epochs=2)
    assert found.result["metric"] == "mae"


def test_a_path_can_be_evaluated(tmp_path: Path) -> None:
    found = tb.run("digits-mlp", "digits", epochs=1)
    path = found.ticket.save(tmp_path / "a.ticket")
    assert tb.evaluate(path, "digits")["test_accuracy"] == found.result["test_accuracy"]


@pytest.mark.parametrize("precision", ["32", "bf16-mixed"])
def test_the_dense_network_is_trained(precision: str) -> None:
    found = tb.run("digits-mlp", "digits", epochs=25, precision=precision, compare=True)
    rows = {row["name"]: row["test_accuracy"] for row in found.result["comparison"]}
    assert rows["trained dense"] > 0.85
    assert rows["edge-popup supermask"] > 0.85
    assert max(rows["untrained dense"], rows["random mask"]) < 0.5


def test_own_modes_do_not_keep_casts_of_weights_from_step_to_step() -> None:
    layer, inputs = nn.Linear(2, 1, bias=False), torch.ones(1, 2)
    with own_modes():
        seen = []
        for _ in range(2):
            with torch.autocast("cpu", torch.bfloat16):
                seen.append(float(layer(inputs).detach()))
            with torch.no_grad():
                layer.weight.add_(1.0)
    assert seen[1] > seen[0] + 1.5
