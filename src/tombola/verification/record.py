"""Trials on disk: each is run once, and found again by what it is."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tombola.errors import RunFolderError, UsageError
from tombola.files import write_json
from tombola.ticket import Ticket
from tombola.ticket.tensors import named_digest
from tombola.training.identity import SCHEMA, identity
from tombola.verification.trials import Trial


def trial_id(ticket: Ticket, how: dict[str, Any]) -> str:
    """A name for one trial: what network it is of, and how it is trained and measured.

    Where a ticket came from is no part of it: the whole network is the same beside every level.
    """
    architecture = [ticket.architecture.name, dict(ticket.architecture.arguments)]
    state = named_digest("tombola trial", sorted(ticket.state.items())).hex()
    parts = {"architecture": architecture, "mask": ticket.mask.digest(), "weights": ticket.weights_digest}
    return identity({"schema": SCHEMA, **parts, "state": state, "how": how})


class TrialFolder:
    """A folder of finished trials, one file each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def checkpoint(self, name: str) -> Path:
        """Where the training of a trial keeps its checkpoints until it is finished."""
        return self._path / f"{name}.checkpoint"

    def read(self, name: str, replicate: int, network: str) -> Trial | None:
        """The trial called `name`, as one of this replicate and network, if it is finished."""
        path = self._path / f"{name}.json"
        if self._path.exists() and not self._path.is_dir():
            raise RunFolderError(f"{self._path} is no folder: remove it, or choose another folder")
        if not path.exists():
            return None
        try:
            return Trial(**(json.loads(path.read_bytes()) | {"replicate": replicate, "network": network}))
        except (OSError, ValueError, TypeError, OverflowError, UsageError) as error:
            raise RunFolderError(f"cannot read {path} ({error}): remove it, and the trial is run again") from error

    def write(self, name: str, trial: Trial) -> None:
        """Keep a finished trial."""
        write_json(self._path / f"{name}.json", asdict(trial))
