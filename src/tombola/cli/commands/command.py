"""What a command is."""

from typing import Annotated, ClassVar, Protocol, TypeAlias

from tyro.conf import FlagCreatePairsOff, arg

Flag: TypeAlias = Annotated[FlagCreatePairsOff[bool], arg(help_behavior_hint="")]
"""An option without a value, off unless it is given: `--json`, and no `--no-json`."""


class Command(Protocol):
    """The options of one command as a frozen dataclass: its fields are the flags, their docstrings the help."""

    examples: ClassVar[tuple[str, ...]]

    def run(self) -> int | None:
        """Do what is asked, and print what came out.

        Returns:
            The exit code, where it is not 0 although nothing was raised.

        Raises:
            TombolaError: whose sentence is all that the user sees.
        """
        ...
