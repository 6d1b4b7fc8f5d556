"""What a command said when a test called it, and the smallest study to call one with."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

Words: TypeAlias = tuple[str, ...]
SMALL_STUDY = """
settings: {model: digits-mlp, data: digits, epochs: 1, batch_size: 256, precision: "32"}
axes: {density: [0.3, 0.6]}
replicates: 2
presets: {tiny: {axes: {density: [0.6]}}}
"""


@dataclass(frozen=True)
class Said:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def last_json(self) -> Any:
        """The last line of standard output, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


Call: TypeAlias = Callable[..., Said]
