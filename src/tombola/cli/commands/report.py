"""`tombola report`: the page of a run, written again."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from tyro.conf import Positional

from tombola.cli.commands.command import Flag


@dataclass(frozen=True)
class Report:
    """Write report.html of a finished run again, from the records in its folder."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola report runs/first",
        "tombola report runs/first --json",
    )

    folder: Positional[str]
    """The folder of a finished run, or of a verification."""
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
        from tombola.report import write_report, write_verification

        is_verification = (Path(self.folder) / "verification.json").exists()
        is_run = (Path(self.folder) / "result.json").exists() or not is_verification
        path = str(write_report(self.folder) if is_run else write_verification(self.folder))
        if self.json:
            print_json({"report": path})
        else:
            print_line(path if self.quiet else f"report  {path}")
