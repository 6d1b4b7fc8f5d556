"""`tombola report`, done and shown."""

from pathlib import Path

from tombola.cli.actions.printing import print_json, print_line
from tombola.cli.commands.report import Report
from tombola.errors import RunFolderError
from tombola.files import path_of
from tombola.records.results_folder import record_paths
from tombola.report import write_report, write_site, write_verification
from tombola.training.progress import LiveProgress


def run(options: Report) -> None:
    """Write the page, or the site, and print where it is."""
    path = str(_written(Path(path_of("folder", options.folder)), is_quiet=options.quiet or options.json))
    if options.json:
        print_json({"report": path})
    else:
        print_line(path if options.quiet else f"report  {path}")


def _written(folder: Path, is_quiet: bool) -> Path:
    if not folder.is_dir():
        raise RunFolderError(f"{folder} is not a folder: expected that of a run, of a verification, or of studies")
    if (folder / "result.json").exists():
        return write_report(folder)
    if (folder / "verification.json").exists():
        return write_verification(folder)
    if any(record_paths(folder)):
        if is_quiet:
            return write_site(folder)
        with LiveProgress() as progress:
            return write_site(folder, progress)
    if not (folder / "spec.json").exists():
        raise RunFolderError(f"{folder} holds neither a run, nor a verification, nor records of studies")
    return write_report(folder)  # which says what is missing
