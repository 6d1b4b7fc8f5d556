"""`tombola report`: the page of a run written again, or the site of a folder of studies."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tyro.conf import Positional

from tombola.cli.commands.command import Flag
from tombola.errors import RunFolderError


@dataclass(frozen=True)
class Report:
    """Write report.html of a finished run again, or the site of all studies in a folder, from their records."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola report runs/first",
        "tombola report runs/first --json",
        "tombola report results",
    )

    folder: Positional[str]
    """The folder of a finished run, of a verification, or of studies' records."""
    json: Flag = False
    """Print the path as a JSON object."""
    quiet: Flag = False
    """Print the path alone."""

    def run(self) -> None:
        """Write the page, and print where it is.

        Raises:
            RunFolderError: where the folder holds no finished run, or cannot be written.
        """
        from tombola.cli.actions.printing import print_json, print_line  # bring torch
        from tombola.records.results_folder import record_paths
        from tombola.report import write_report, write_site, write_verification
        from tombola.training.progress import LiveProgress

        folder = Path(self.folder)
        if (folder / "result.json").exists():
            path = str(write_report(folder))
        elif (folder / "verification.json").exists():
            path = str(write_verification(folder))
        elif folder.is_dir() and any(record_paths(folder)):
            with LiveProgress() as progress:
                path = str(write_site(folder, None if self.quiet or self.json else progress))
        elif not folder.is_dir():
            raise RunFolderError(f"{folder} is not a folder: expected that of a run, of a verification, or of studies")
        elif not (folder / "spec.json").exists():
            raise RunFolderError(f"{folder} holds neither a run, nor a verification, nor records of studies")
        else:
            path = str(write_report(folder))  # which says what is missing
        if self.json:
            print_json({"report": path})
        else:
            print_line(path if self.quiet else f"report  {path}")
