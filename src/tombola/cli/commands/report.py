"""`tombola report`: the page of a run written again, or the site of a folder of studies."""

from dataclasses import dataclass
from typing import ClassVar

from tyro.conf import Positional

from tombola.cli.commands.command import Flag


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
        from tombola.cli.actions import report  # brings torch

        report.run(self)
