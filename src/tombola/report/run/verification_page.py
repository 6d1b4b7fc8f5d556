"""The page of a verification, for tickets that have no run's page."""

from pathlib import Path

from tombola import files
from tombola.records.verification_record import VerificationRecord
from tombola.report.figures import Setting, settings, verification_headline
from tombola.report.rendering import render
from tombola.report.words import seconds_text


def write_verification(folder: str | Path) -> Path:
    """Write `verification.html` into a folder from the `verification.json` found there.

    Returns:
        The path of the page.

    Raises:
        RunFolderError: where the record is missing or damaged, or the folder cannot be written.
    """
    path = Path(folder) / "verification.html"
    files.write_text(path, render_verification(VerificationRecord.read(folder)))
    return path


def render_verification(record: VerificationRecord) -> str:
    """The page as text."""
    from tombola.report.run.verdict_part import verdict_part  # brings Altair

    headline = verification_headline(record)
    return render(
        "verification.html.jinja",
        title=headline.title,
        record=record,
        file=record.file,
        headline=headline,
        verdict=verdict_part(record),
        subject=_subject(record),
        environment=settings(record.file.environment),
    )


def _subject(record: VerificationRecord) -> tuple[Setting, ...]:
    file = record.file
    found = [("name", file.subject.name), ("kind", file.subject.kind), ("model", file.model), ("data", file.data)]
    found += [("method", file.method), ("definition", file.definition.name), ("replicates", str(file.replicates))]
    digests = file.subject.digests
    found.append(("digest", digests[0]) if len(digests) == 1 else ("tickets", f"{len(digests)}, see the record"))
    found += [("verification", file.id)]
    if file.seconds is not None:
        found.append(("time taken", seconds_text(file.seconds)))
    return tuple(Setting(name, value) for name, value in found)
