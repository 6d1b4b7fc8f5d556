"""A small run as its three record files, to be changed by a test before it is written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tombola.report import RunRecord

Files = dict[str, Any]


def run_files() -> Files:
    """The content of the record files of a run of a 3-2 dense network on 2 × 2 images of one channel."""
    epochs = [
        {"epoch": 1, "step": 10, "lr": 0.1, "train_loss": 2.0, "train_accuracy": 0.4, "seconds": 0.5}
        | {"validation_loss": 1.5, "validation_accuracy": 0.5},
        {"epoch": 2, "step": 20, "lr": 0.05, "train_loss": 1.0, "train_accuracy": 0.7, "seconds": 0.5}
        | {"validation_loss": 1.25, "validation_accuracy": 0.625},
    ]
    comparison = [
        _network("edge-popup supermask", "untrained", 0.5, 9, 0.75),
        _network("untrained dense", "untrained", 1.0, 18, 0.125),
        _network("random mask", "untrained", 0.5, 9, 0.25),
        _network("trained dense", "trained", 1.0, 18, 0.875),
    ]
    layers = [
        {"name": "fc1.weight", "shape": [3, 4], "prunable": 12, "kept": 6, "density": 0.5, "units": 3}
        | {"live_units": 2},
        {"name": "fc2.weight", "shape": [2, 3], "prunable": 6, "kept": 3, "density": 0.5, "units": 2}
        | {"live_units": 2},
    ]
    scores = [{"name": "fc1.weight", "edges": [-1.0, 0.0, 1.0], "kept": [1, 5], "removed": [6, 0]}]
    result = {"schema": 1, "id": "abc123", "metric": "accuracy", "higher_is_better": True, "protocol": "validation"}
    result |= {"chosen_epoch": 2, "test_accuracy": 0.75, "test_loss": 0.5, "density": 0.5, "kept": 9, "prunable": 18}
    result |= {"seconds": 1.0, "step_seconds": 0.01, "digest": "sha256:00", "comparison": comparison, "layers": layers}
    result |= {"scores": scores, "first_layer": {"name": "fc1.weight", "shape": [3, 4], "input_shape": [1, 2, 2]}}
    result |= {"sizes": {"ticket_bytes": 18, "dense_fp32_bytes": 72, "entropy_bytes": 3}}
    result |= {"audit": {"weights_before": "sha256:11", "weights_after": "sha256:11", "equal": True}}
    result |= {"environment": {"python": "3.11", "threads": 2}}
    spec = {"model": {"name": "tiny", "arguments": {"width": 2}}, "data": {"name": "dots"}}
    spec |= {"method": {"name": "edge-popup", "density": 0.5}, "protocol": "validation"}
    return {
        "spec.json": {"schema": 1, "id": "abc123", "spec": spec, "command": "tombola find --model tiny"},
        "metrics.jsonl": epochs,
        "result.json": result,
    }


def _network(name: str, weights: str, density: float, kept: int, accuracy: float) -> dict[str, Any]:
    figures = {"test_accuracy": accuracy, "test_loss": 1 - accuracy}
    return {"name": name, "weights": weights, "density": density, "kept": kept} | figures


def write_run(folder: Path, files: Files) -> Path:
    """Write record files; the rows of a JSON Lines file are a list."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        rows = content if name.endswith(".jsonl") else [content]
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def files() -> Files:
    """The record files, fresh for each test."""
    return run_files()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], Path]:
    """Write record files to a new run folder."""
    return lambda files: write_run(tmp_path / "run", files)


@pytest.fixture
def read(write: Callable[[Files], Path]) -> Callable[[Files], RunRecord]:
    """Write record files and read them back as a record."""
    return lambda files: RunRecord.read(write(files))


@pytest.fixture
def record(read: Callable[[Files], RunRecord], files: Files) -> RunRecord:
    """The record of the small run."""
    return read(files)
