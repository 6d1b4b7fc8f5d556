"""The site of a folder of results: the ledger of claims, and a page for every study; each page is one file."""

from dataclasses import dataclass
from pathlib import Path

from tombola import files
from tombola.claims import Decision, ledger
from tombola.errors import RunFolderError
from tombola.records import StudyRecord
from tombola.records.frame import read_records
from tombola.records.study_file import StudyFile, StudyPart
from tombola.report.rendering import render

FOLDER = "report"


@dataclass(frozen=True)
class StudyOf:
    """One study with one preset, and its records.

    Args:
        part: what the study is.
        preset: of the records.
        records: all of them.
    """

    part: StudyPart
    preset: str
    records: tuple[StudyRecord, ...]

    @property
    def file(self) -> str:
        """Name of its page."""
        return f"{self.part.name}-{self.preset}.html"

    @property
    def command(self) -> str:
        """That runs it again."""
        return f"tombola study {self.part.name} --preset {self.preset}"


def write_site(folder: str | Path) -> Path:
    """Write the pages of all studies whose records stand in a folder, into its folder `report`.

    Returns:
        The path of the first page, the ledger.

    Raises:
        RunFolderError: where a record is damaged, there is none, or the folder cannot be written.
    """
    folder = Path(folder)
    records = read_records(folder)
    if not records:
        raise RunFolderError(f"{folder} holds no records of studies: `tombola study` makes them")
    studies = _studies(folder, records)
    decisions = ledger(records)
    home = folder / FOLDER
    for study in studies:
        files.write_text(home / study.file, render_study(study, decisions))
    files.write_text(home / "index.html", render_ledger(studies, decisions))
    return home / "index.html"


def _studies(folder: Path, records: tuple[StudyRecord, ...]) -> tuple[StudyOf, ...]:
    grouped: dict[tuple[str, str], list[StudyRecord]] = {}
    for record in records:
        grouped.setdefault((record.study, record.preset), []).append(record)
    parts = {name: StudyFile.read(folder / name) for name, _ in grouped}
    return tuple(StudyOf(parts[name], preset, tuple(found)) for (name, preset), found in sorted(grouped.items()))


def render_ledger(studies: tuple[StudyOf, ...], decisions: tuple[Decision, ...]) -> str:
    """The ledger as text."""
    from tombola.report.study_part import decision_lines, ledger_facts, study_lines  # brings Altair

    return render(
        "ledger.html.jinja",
        title="Claims and studies",
        facts=ledger_facts(decisions, studies),
        decisions=decision_lines(decisions, studies),
        studies=study_lines(studies),
    )


def render_study(study: StudyOf, decisions: tuple[Decision, ...]) -> str:
    """The page of a study as text."""
    from tombola.report.study_part import study_page  # brings Altair

    return render("study.html.jinja", title=study.part.title or study.part.name, **study_page(study, decisions))
