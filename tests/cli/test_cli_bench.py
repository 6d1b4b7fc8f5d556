"""`tombola bench step` hands its options on and prints the rows."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.cli.calling import Call

Row = dict[str, Any]


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    made: list[Row] = []

    def run_steps(models: Sequence[str], precision: str, batch_size: int, compare_sort: bool) -> list[Row]:
        ours = {"method": "edge-popup", "precision": precision, "step_ms": 2.5, "ratio_to_dense": 1.25}
        made.extend(ours | {"model": name, "speedup_over_sort": 4.0 if compare_sort else None} for name in models)
        assert batch_size == 64
        return made

    monkeypatch.setattr("tombola.bench.run_steps", run_steps)
    return made


def test_json_is_the_list_on_one_line(call: Call, rows: list[Row]) -> None:
    said = call("bench", "step", "--models", "conv2", "conv4", "--batch-size", "64", "--precision", "32", "--json")
    assert (said.code, said.err, len(said.out.splitlines())) == (0, "", 1)
    assert said.last_json == rows
    assert [(row["model"], row["speedup_over_sort"]) for row in rows] == [("conv2", 4.0), ("conv4", 4.0)]


def test_table_leaves_out_what_was_not_measured(call: Call, rows: list[Row]) -> None:
    said = call("bench", "step", "--models", "conv2", "--batch-size", "64", "--no-compare-sort")
    (line,) = [line for line in said.out.splitlines() if "conv2" in line]
    assert line.split() == ["conv2", "edge-popup", "auto", "2.5", "1.25"]
