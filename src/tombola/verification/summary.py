"""A verification as JSON: what `verification.json` holds, and pages are drawn from."""

from collections.abc import Mapping, Sequence
from typing import Any

from tombola.training.identity import SCHEMA, identity
from tombola.verification.audit import Finding
from tombola.verification.controls import CONTROLS
from tombola.verification.definition import CHANCE, Condition
from tombola.verification.evidence import Evidence
from tombola.verification.subjects import Subjects
from tombola.verification.verification import LevelVerdict, Verification

Record = dict[str, Any]


def summary(
    subjects: Subjects, verification: Verification, levels: Sequence[LevelVerdict], findings: Sequence[Finding]
) -> Record:
    """All that a verification found, and how."""
    setting, first, last = verification.bench.setting, subjects.first, levels[-1]
    metric = setting.task.metric
    digests = [subject.ticket.digest for tickets in subjects.tickets.values() for subject in tickets]
    definition = last.verdict.definition
    about = {
        "subject": {"name": subjects.name, "kind": subjects.kind, "digests": digests},
        "model": first.architecture.name,
        "data": setting.data.name,
        "same_data": setting.same_data,
        "method": _name(first.spec.get("method")),
        "metric": metric.name,
        "higher_is_better": metric.higher_is_better,
        "evaluated_on": setting.final_split[0],
        "trained": verification.is_trained,
        "definition": {
            "name": definition.name,
            "title": definition.title,
            "conditions": [_sentence(condition, metric.name) for condition in definition.conditions],
        },
    }
    return {
        "schema": SCHEMA,
        "id": identity({"about": about, "how": setting.describe()}),
        **about,
        "verdict": last.verdict.verdict,
        "replicates": max(len({trial.replicate for trial in level.trials}) for level in levels),
        "levels": [_level(level, metric.name) for level in levels],
        "trials": [{"level": level.level, **vars(trial)} for level in levels for trial in level.trials],
        "audit": [{"name": one.name, "ok": one.ok, "detail": one.detail} for one in findings],
    }


def title_of(control: str) -> str:
    """What people call a control."""
    return CONTROLS[control].title if control in CONTROLS else control


def _level(level: LevelVerdict, metric: str) -> Record:
    about = {"level": level.level, "density": level.density, "kept": level.kept, "verdict": level.verdict.verdict}
    return about | {"evidence": [_row(row, metric) for row in level.verdict.evidence]}


def _row(row: Evidence, metric: str) -> Record:
    found = row.to_json()
    confidence = found.pop("level")
    measure = metric if found["measure"] == "metric" else found["measure"]
    return {"title": title_of(row.control), **found, "measure": measure, "confidence": confidence}


def _sentence(condition: Condition, metric: str) -> str:
    of = "chance" if condition.control == CHANCE else f"that of the {title_of(condition.control)}"
    measure = metric if condition.measure == "metric" else condition.measure
    if condition.measure == "iterations":
        return f"iterations to the early stop: at most {of}" + (
            f" and {condition.margin:g}" if condition.margin else ""
        )
    how = "better than" if condition.strictly else "at least"
    return f"{measure}: {how} {of}" + (f", up to {condition.margin:g}" if condition.margin else "")


def _name(method: Any) -> str:
    name = method.get("name") if isinstance(method, Mapping) else None
    return name if isinstance(name, str) else "unknown"
