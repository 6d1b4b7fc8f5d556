"""From a folder of results to the pages of its site."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from tombola import files
from tombola.claims import decide_all
from tombola.errors import RunFolderError
from tombola.records import StudyRecord
from tombola.records.results_folder import SITE, extents, read_records
from tombola.report.site.study_of import StudyOf, studies_of
from tombola.training import Progress

NOTE = "<!-- made of "
SUFFIXES = {".py", ".jinja", ".css", ".js"}
MADE_BY = ("claims", "records", "report")  # of our packages
LIBRARIES = ("altair", "vl-convert-python", "jinja2")


@dataclass(frozen=True)
class Page:
    """One page of the site.

    Args:
        name: its address, seen from the first page.
        made_of: digest of all that it shows; None where it is always made anew.
        text: makes it.
    """

    name: str
    made_of: str | None
    text: Callable[[], str]

    def write(self, home: Path) -> None:
        """Write it, unless the very same stands there."""
        path = home / self.name
        if link := next((each for each in (home, path.parent, path) if each.is_symlink()), None):
            raise RunFolderError(f"{link} is a link, which may lead anywhere: remove it, and the site is written there")
        if self.made_of is None or not _begins_with(path, _note(self.made_of)):
            text = self.text()
            files.write_text(path, _note(self.made_of or hashlib.sha256(text.encode()).hexdigest()) + text)


def write_site(folder: str | Path, progress: Progress | None = None) -> Path:
    """Write the pages of all studies whose records stand in a folder, into its folder `report`.

    Pages of runs that stand there already, made of the same records by the same program, are left alone; pages of
    records that are there no more are removed.

    Args:
        folder: of all studies' records.
        progress: what is told on the way.

    Returns:
        The path of the first page, the ledger.

    Raises:
        RunFolderError: where a record is damaged, there is none, or the folder cannot be written.
    """
    folder = Path(folder)
    records = read_records(folder)
    if not records:
        raise RunFolderError(f"{folder} holds no records of studies: `tombola study` makes them")
    home, studies = folder / SITE, studies_of(folder, records)
    pages = tuple(_pages(folder, studies, records))
    for number, page in enumerate(pages, 1):
        if progress is not None:
            progress.status(f"page {number} of {len(pages)}: {page.name}")
        page.write(home)
    _remove_others(home, {home / page.name for page in pages})
    return home / "index.html"


def _remove_others(home: Path, kept: Collection[Path]) -> None:
    """Remove the pages that an earlier site had besides; what is no page of ours stays."""
    for path in [*home.glob("*.html"), *home.glob("*/*.html")]:
        if path not in kept and not path.parent.is_symlink() and _begins_with(path, NOTE):
            path.unlink()
            with suppress(OSError):  # the folder holds something else
                path.parent.rmdir()


def _pages(folder: Path, studies: tuple[StudyOf, ...], records: tuple[StudyRecord, ...]) -> Iterator[Page]:
    from tombola.report.site.ledger_page import render_ledger  # bring Altair
    from tombola.report.site.run_page import render_run
    from tombola.report.site.study_page import render_study

    decisions = decide_all(records, extents(folder))
    for study in studies:
        for record in study.records:
            yield Page(study.run_file(record), _made_of(study, record), partial(render_run, study, record))
        yield Page(study.file, None, partial(render_study, study, decisions))
    yield Page("index.html", None, partial(render_ledger, studies, decisions))


def _made_of(study: StudyOf, record: StudyRecord) -> str:
    content = (record.model_dump_json(), study.title, study.run_command(record) or "", _program())
    return hashlib.sha256("\n".join(content).encode()).hexdigest()


@cache
def _program() -> str:
    """Digest of the code, the templates and the libraries that pages are made by."""
    package = Path(__file__).parents[2]
    sources = (path for name in MADE_BY for path in sorted((package / name).rglob("*")) if path.suffix in SUFFIXES)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources))
    digest.update(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    return digest.hexdigest()


def _note(digest: str) -> str:
    return f"{NOTE}{digest} -->\n"


def _begins_with(path: Path, note: str) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(note)) == note.encode()
    except OSError:
        return False
