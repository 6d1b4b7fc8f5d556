"""What a verification left behind, read back as one checked value."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from tombola.errors import RunFolderError, TicketError
from tombola.records.reading import read_json
from tombola.records.verification_file import VerificationFile

FILE = "verification.json"
_MISSING = "there is no verification in this folder; `tombola verify` makes one"


@dataclass(frozen=True)
class VerificationRecord:
    """The record of one verification.

    Attributes:
        folder: where it was read.
        file: what was verified, and what came out.
    """

    folder: Path
    file: VerificationFile

    @classmethod
    def read(cls, folder: str | Path) -> "VerificationRecord":
        """Read `verification.json` of a folder.

        Raises:
            RunFolderError: where it is missing, damaged or of an unknown schema version.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise RunFolderError(f"{folder} is not a folder: give the folder that `tombola verify` wrote")
        return cls(folder, read_json(folder / FILE, VerificationFile, missing=_MISSING, again="verify again"))

    @property
    def command(self) -> str | None:
        """The command line that verifies again, if recorded."""
        command = self.file.command
        return shlex.join(command) if isinstance(command, tuple) else command

    @property
    def confidence(self) -> float:
        """Of the intervals of the evidence; 0.95 where it has none."""
        rows = (row.confidence for level in self.file.levels for row in level.evidence)
        return next((confidence for confidence in rows if confidence is not None), 0.95)

    def is_of(self, digest: str) -> bool:
        """Whether the ticket with this digest, or one of the levels beside the record, is what was verified.

        A folder may hold a verification from before its run was made anew.
        """
        from tombola import ticket  # brings torch

        digests = self.file.subject.digests
        level = next((judged.level for judged in self.file.levels if judged.level is not None), None)
        if digest in digests or level is None:
            return digest in digests
        try:
            return ticket.load(self.folder / "levels" / f"{level:02}" / "ticket").digest in digests
        except TicketError:
            return False
