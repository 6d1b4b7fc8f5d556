"""`TrainingStore`: finished trainings, kept for other runs that begin with the same."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tombola.files import write_bytes

STATE = "state.safetensors"  # of a checkpoint; written last, so that a folder which has it is whole


@dataclass(frozen=True)
class TrainingStore:
    """One folder a training, named by a hash of all that it follows from; whoever asks has to make that hash.

    Args:
        path: where they are.
    """

    path: Path

    def take(self, key: str, folder: Path) -> bool:
        """Put a training's checkpoints into an empty `folder`; False where there is no such training.

        Raises:
            RunFolderError: where the folder cannot be written.
        """
        return self._copied(self.path / key, folder)

    def keep(self, key: str, folder: Path) -> None:
        """Keep the checkpoints of a finished training that a folder holds, if there are none yet.

        Raises:
            RunFolderError: where the store cannot be written.
        """
        self._copied(folder, self.path / key)

    def clear(self) -> None:
        """Remove all of them; a process that is taking one trains for itself."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _copied(self, source: Path, target: Path) -> bool:
        if (target / STATE).exists():
            return False
        try:
            names = sorted(path.name for path in source.glob("*.safetensors"))
            files = {name: (source / name).read_bytes() for name in sorted(names, key=lambda name: name == STATE)}
        except OSError:  # removed meanwhile
            return False
        if STATE not in files:
            return False
        for name, content in files.items():
            write_bytes(target / name, content)
        return True
