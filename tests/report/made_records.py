"""A small run and a verification as their record files, to be changed by a test before they are written."""

import json
from pathlib import Path
from typing import Any

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


def level_rows() -> list[dict[str, Any]]:
    """Levels of the small network: dense, half and a quarter of its weights; the half stops soonest and is best."""
    measured = ((18, 100, 0.5, 0.375), (9, 62, 0.75, 0.625), (4, 120, 0.25, 0.25))
    return [
        {"level": level, "density": kept / 18, "kept": kept, "prunable": 18, "start_step": 0, "end_step": 200}
        | {"early_stop_step": step, "early_stop_epoch": step / 80, "early_stop_split": "validation"}
        | {"early_stop_loss": 0.5, "early_stop_accuracy": 0.625, "test_accuracy": value, "test_loss": 1 - value}
        | {"final_test_accuracy": final, "final_test_loss": 1.0, "ticket": f"levels/{level:02}/ticket", "seconds": 2.0}
        for level, (kept, step, value, final) in enumerate(measured)
    ]


def verification_file(levels: int = 1, replicates: int = 3) -> dict[str, Any]:
    """A verification of the small run's ticket, or of its levels, against two controls and one that cannot be."""
    many = levels > 1
    judged = [_judged(level if many else None, 0.5**level, replicates) for level in range(1, levels + 1)]
    trials = [
        _trial(row["level"], network, replicate, metric + replicate / 100, row["density"])
        for row in judged
        for network, metric in (("ticket", 0.75), ("random-mask", 0.25))
        for replicate in range(replicates)
    ]
    trials += [_trial(None, "dense", replicate, 0.5 + replicate / 100, 1.0) for replicate in range(replicates)]
    subject = {"name": "runs/tiny", "kind": "run", "digests": ["sha256:00"]}
    definition = {"name": "lottery-ticket", "title": "As good as the whole network.", "conditions": ["accuracy: so"]}
    found = {"schema": 1, "id": "def456", "subject": subject, "model": "tiny", "data": "dots", "method": "imp"}
    found |= {"metric": "accuracy", "higher_is_better": True, "evaluated_on": "test", "trained": True}
    found |= {"definition": definition, "verdict": "winning", "replicates": replicates, "levels": judged}
    found |= {
        "trials": trials,
        "environment": {"torch": "2.13.0"},
        "seconds": 12.3,
        "command": "tombola verify runs/tiny",
    }
    audit = [
        {"name": "digest", "ok": True, "detail": "as the file says"},
        {"name": "result", "ok": False, "detail": "no"},
    ]
    return found | {"audit": [*audit, {"name": "norms", "ok": None, "detail": "there are none"}]}


def _judged(level: int | None, density: float, replicates: int) -> dict[str, Any]:
    interval = {"confidence": 0.95, "interval": "t", "replicates": replicates, "effect_size": 1.5, "reason": ""}
    random: dict[str, Any] = {
        "control": "random-mask",
        "title": "random mask",
        "measure": "accuracy",
        "in_definition": False,
    }
    random |= {"ticket": 0.76, "control_value": 0.26, "difference": 0.5, "low": 0.4, "high": 0.6, "outcome": "better"}
    dense = {"control": "dense", "title": "whole network", "in_definition": True, "measure": "accuracy"}
    dense |= {"ticket": 0.76, "control_value": 0.51, "difference": 0.25, "low": -0.1, "high": 0.6, "outcome": "holds"}
    sooner = dense | {"measure": "iterations", "ticket": 62.0, "control_value": 100.0, "difference": -38.0}
    sooner |= {"low": -57.0, "high": -19.0}
    narrow: dict[str, Any] = {
        "control": "dense-equal-parameters",
        "title": "dense network of equal size",
        "measure": None,
    }
    narrow |= {"replicates": 0, "outcome": "not applicable", "reason": "no width fits", "in_definition": False}
    evidence = [narrow, random | interval, dense | interval, sooner | interval]
    kept = round(18 * density)
    return {"level": level, "density": density, "kept": kept, "verdict": "winning", "evidence": evidence}


def _trial(level: int | None, network: str, replicate: int, metric: float, density: float) -> dict[str, Any]:
    steps = {"ticket": 62, "dense": 100, "random-mask": 140}[network]
    trial = {"level": level, "network": network, "replicate": replicate, "metric": metric, "loss": 1 - metric}
    return trial | {"iterations": steps + replicate, "density": density, "kept": round(18 * density)}


def write_run(folder: Path, files: Files) -> Path:
    """Write record files; the rows of a JSON Lines file are a list."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        rows = content if name.endswith(".jsonl") else [content]
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder
