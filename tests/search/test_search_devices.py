"""Every method on a device of its own: nothing is mixed, and what is found is what the CPU finds, bit for bit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.elsewhere import AWAY, working_elsewhere
from tests.search.test_contract import SETTINGS, data, method, plain
from torch import nn

import tombola as tb
from tombola.search import Method

__all__ = ["method"]  # the fixture: every method there is


def network() -> nn.Module:
    torch.manual_seed(5)  # without dropout, of which every device draws its own
    return nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 3))


def results(folder: Path) -> dict[str, Any]:
    kept = plain(folder)
    kept["result"]["environment"].pop("device")
    return kept


def test_elsewhere_the_same_is_found(method: Method, tmp_path: Path) -> None:
    tb.run(network(), data(), method=method, out=tmp_path / "here", **SETTINGS)
    with working_elsewhere():
        tb.run(network(), data(), method=method, out=tmp_path / "there", **SETTINGS)
    assert results(tmp_path / "there") == results(tmp_path / "here")


def test_elsewhere_refuses_what_a_gpu_refuses() -> None:
    with working_elsewhere():
        there = torch.ones(3, device=AWAY)
        assert there.cpu().numpy().tolist() == (there * 1).tolist()
        with pytest.raises(RuntimeError, match="one device"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError, match="one device"):
            there[there > 0] = torch.zeros(3)
        with pytest.raises(RuntimeError, match="numpy"):
            there.numpy()
