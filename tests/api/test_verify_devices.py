"""A verification on a device of its own gives what one on the CPU gives, bit for bit."""

from pathlib import Path
from typing import Any

from tests.api.test_verify import QUICK, data, network
from tests.elsewhere import working_elsewhere

import tombola as tb

TIMES = {"seconds", "environment"}


def trials(verified: tb.Verified) -> list[dict[str, Any]]:
    return [{key: value for key, value in trial.items() if key not in TIMES} for trial in verified.record["trials"]]


def test_every_control_is_measured_the_same_elsewhere(tmp_path: Path) -> None:
    ticket = tb.find(network(), data(), method=tb.IterativeMagnitude(levels=2), **QUICK)
    here = tb.verify(ticket, data(), model=network(), replicates=2, controls="all")
    with working_elsewhere():
        there = tb.verify(ticket, data(), model=network(), replicates=2, controls="all")
    assert trials(there) == trials(here)


def test_a_supermask_too(tmp_path: Path) -> None:
    ticket = tb.find(network(), data(), **QUICK)
    here = tb.verify(ticket, data(), model=network(), replicates=2)
    with working_elsewhere():
        there = tb.verify(ticket, data(), model=network(), replicates=2)
        assert tb.evaluate(ticket, data(), network()) == tb.evaluate(ticket, data(), network())
        tb.weight_agnostic(ticket, data(), model=network())
    assert trials(there) == trials(here)
