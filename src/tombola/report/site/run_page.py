"""The page of one run of a study: that of any run, its charts drawn without a script."""

from pathlib import Path
from typing import Any

from tombola.records import StudyRecord
from tombola.records.run_files import EpochRow
from tombola.records.run_record import RunRecord
from tombola.report.rendering import Home, render_still
from tombola.report.run.page import render_report
from tombola.report.site.study_of import StudyOf


def render_run(study: StudyOf, record: StudyRecord) -> str:
    """The page as text; of a run that came to nothing, what is known of it."""
    home = Home(f"../{study.file}", study.title, f"{study.run_title(record)}, seed {record.seed}")
    run = as_run(record, study.run_command(record))
    if run is None:
        return _broken(study, record, home)
    return render_report(run, render=render_still, home=home)


def as_run(record: StudyRecord, command: str | None) -> RunRecord | None:
    """A record of a study as that of a run, by its name in the study; None where nothing was found."""
    if record.result is None:
        return None
    columns = record.curves
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    epochs = tuple(EpochRow.model_validate(_known(row)) for row in rows)
    environment = dict(record.result.environment) | _program(record)
    named = record.result.model_copy(update={"id": record.id, "environment": environment})
    return RunRecord(Path(record.study), record.settings, command, epochs, named)


def _program(record: StudyRecord) -> dict[str, Any]:
    """The commits of the program that were at the run, the last first; nothing where none is known."""
    commits = [record.code, *reversed(record.code.earlier)]
    told = [f"{each.commit[:12]}{', its files changed' if each.dirty else ''}" for each in commits if each.commit]
    before = {"commits before it": "; ".join(told[1:])} if told[1:] else {}
    return {"commit": told[0]} | before if told else {}


def _known(row: dict[str, Any]) -> dict[str, Any]:
    whole = {name: int(row[name]) for name in ("step",) if row.get(name) is not None}
    return {name: value for name, value in row.items() if value is not None} | whole


def _broken(study: StudyOf, record: StudyRecord, home: Home) -> str:
    from tombola.report.figures import settings

    return render_still(
        "broken.html.jinja",
        title=f"The run {record.outcome}",
        home=home,
        record=record,
        command=study.run_command(record),
        settings=settings(record.settings),
        environment=settings(record.environment | _program(record)),
    )
