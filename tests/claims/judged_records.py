"""Made-up records, of which only what the rules of the claims read is filled."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tombola.claims import CLAIMS, Evidence, decide
from tombola.records import StudyRecord
from tombola.training.identity import identity

STUDY = "density-lenet"
SIGNED, GAUSSIAN = "signed-kaiming-constant", "kaiming-normal"
HUMP = {0.1: 0.8, 0.5: 0.93, 0.9: 0.85}


def record(
    study: str, arm: str, seed: int, accuracy: float | None, preset: str = "laptop", **given: Any
) -> StudyRecord:
    """A record of which only what the rules read is filled."""
    point = {key: value for key, value in given.items() if key not in ("untrained", "drawn", "held_out", "equal")}
    comparison = [{"name": "ticket", "weights": "untrained", "density": 0.5, "kept": 5, "test_accuracy": accuracy}]
    if "untrained" in given:
        row = {"name": "untrained dense", "weights": "untrained", "density": 1.0, "kept": 10}
        comparison.append(row | {"test_accuracy": given["untrained"]})
    result = {
        "schema": 1,
        "id": "x",
        "metric": "accuracy",
        "higher_is_better": True,
        "protocol": "validation",
        "density": 0.5,
        "kept": 5,
        "prunable": 10,
        "digest": "d",
        "test_accuracy": accuracy,
        "validation_accuracy": accuracy,
        "chance": 0.1,
        "comparison": comparison,
        "figures": {
            f"{split}_accuracy_mean_over_draws": given[key]
            for split, key in (("test", "drawn"), ("validation", "held_out"))
            if key in given
        },
        "sizes": {"ticket_bytes": 1.0, "dense_fp32_bytes": 1.0, "entropy_bytes": 1.0},
        "audit": {"weights_before": "a", "weights_after": "a", "equal": given.get("equal", True)},
    }
    spec: dict[str, Any] = {"arm": arm, "point": point, "seed": seed}
    content = {
        "schema": 1,
        "id": identity(spec),
        "study": study,
        "preset": preset,
        "arm": arm,
        "point": point,
        "seed": seed,
        "spec": spec,
        "outcome": "finished" if accuracy is not None else "diverged",
        "result": result if accuracy is not None else None,
        "finished": "2026-01-01T00:00:00+00:00",
        "seconds": 1.0,
    }
    return StudyRecord.model_validate_json(json.dumps(content))


def noisy(value: float, seed: int) -> float:
    return value + 0.002 * seed


def sweep(
    accuracies: dict[float, float], dense: float = 0.97, untrained: float = 0.1, **given: Any
) -> list[StudyRecord]:
    popup = [
        record(
            "density-lenet",
            "edge-popup",
            seed,
            noisy(value, seed),
            weights=SIGNED,
            density=density,
            untrained=untrained,
            **given,
        )
        for density, value in accuracies.items()
        for seed in range(3)
    ]
    return popup + [record("density-lenet", "dense", seed, noisy(dense, seed), **given) for seed in range(3)]


def axis(study: str, name: str, values: dict[Any, tuple[float, float]]) -> list[StudyRecord]:
    """Dense and edge-popup accuracies over an axis."""
    return [
        record(
            study,
            arm,
            seed,
            noisy(accuracy, seed * (1 + column)),
            **{name: value},
            **({"weights": SIGNED} if column else {}),
        )
        for value, both in values.items()
        for column, (arm, accuracy) in enumerate(zip(("dense", "edge-popup"), both, strict=True))
        for seed in range(3)
    ]


def verdict(claim: str, records: Iterable[StudyRecord]) -> str:
    """What a claim's rule says of records, as though studies that have none were not asked for."""
    given = tuple(records)
    (rule,) = (each for each in CLAIMS if each.id == claim)
    present = tuple(study for study in rule.studies if any(record.study == study for record in given))
    found = replace(rule, studies=present)
    return decide(found, Evidence.among(given, found.studies, presets=found.presets)).verdict


def written(folder: Path, records: list[StudyRecord], **study: Any) -> Path:
    """The records as files of a folder of results."""
    for name in {each.study for each in records}:
        (folder / name).mkdir(parents=True, exist_ok=True)
        part = {"name": name, "title": "A study", "settings": {}} | study
        (folder / name / "study.json").write_text(json.dumps({"schema": 1, "given": name, "study": part}))
    for each in records:
        path = folder / each.study / each.preset / each.file_name
        path.parent.mkdir(exist_ok=True)
        path.write_text(each.model_dump_json(by_alias=True))
    return folder


def altered(folder: Path, path: tuple[str, ...], value: str) -> Path:
    """A folder of one record of which one thing was changed, by somebody who made its id anew."""
    content: Any = json.loads(record(STUDY, "edge-popup", 0, 0.9, density=0.1).model_dump_json(by_alias=True))
    inner = content
    for name in path[:-1]:
        inner = inner.setdefault(name, {})
    inner[path[-1]] = "HERE"
    home = written(folder, [record(STUDY, "edge-popup", 0, 0.9, density=0.1)])
    (file,) = (home / STUDY / "laptop").glob("*.json")
    with contextlib.suppress(ValueError):
        content["id"] = identity(json.loads(json.dumps(content["spec"]).replace('"HERE"', value)))
    file.unlink()
    named = file.with_name(f"{content['id']}-{file.stem.partition('-')[2]}.json")
    named.write_text(json.dumps(content).replace('"HERE"', value))
    return home
