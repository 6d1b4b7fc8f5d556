"""Parsing and help, by tyro from the dataclasses of the commands."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import tyro

from tombola.cli.commands.command import Command
from tombola.cli.parsing.options import options_of
from tombola.cli.parsing.words import check_words

DESCRIPTION = "Draw winning tickets: find, prove and ship subnetworks of any PyTorch model."
CONFIG = (tyro.conf.DisallowNone, tyro.conf.PositionalMetavarFromFieldName)
AnyCommand = TypeVar("AnyCommand", bound=Command)


def parse(name: str, command: type[AnyCommand], words: Sequence[str]) -> AnyCommand | None:
    """The options that the words give; None where they asked for help, which is printed.

    Raises:
        UsageError: where the words are wrong.
    """
    if any(word in ("--help", "-h") for word in words):
        _print_help(command, prog=f"tombola {name}")
        print_examples(command.examples)
        return None
    check_words(name, tuple(options_of(command)), words)
    return tyro.cli(command, prog=f"tombola {name}", args=words, config=CONFIG)


def print_overview(commands: Mapping[str, type[Command]]) -> None:
    """What there is, one line a command."""
    try:
        tyro.extras.subcommand_cli_from_dict(dict(commands), prog="tombola", description=DESCRIPTION, args=["--help"])
    except SystemExit:  # tyro ends the program once help is printed
        return


def print_examples(examples: Sequence[str]) -> None:
    """The commands that end a help text."""
    print("examples:", *(f"  {example}" for example in examples), sep="\n")


def _print_help(command: type[Any], prog: str) -> None:
    try:
        tyro.cli(command, prog=prog, args=["--help"], config=CONFIG)
    except SystemExit:
        return
