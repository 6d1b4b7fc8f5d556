"""The commands by name."""

from tombola.cli.commands.audit import Audit
from tombola.cli.commands.bench import BenchStep
from tombola.cli.commands.claims import Claims
from tombola.cli.commands.command import Command
from tombola.cli.commands.evaluate import Eval
from tombola.cli.commands.find import Find
from tombola.cli.commands.report import Report
from tombola.cli.commands.results import Results
from tombola.cli.commands.show import Show
from tombola.cli.commands.study import Study
from tombola.cli.commands.verify import Verify
from tombola.cli.parsing.parse import print_examples, print_overview
from tombola.cli.parsing.words import nearest
from tombola.errors import UsageError

COMMANDS: dict[str, type[Command]] = {
    "find": Find,
    "verify": Verify,
    "audit": Audit,
    "show": Show,
    "eval": Eval,
    "report": Report,
    "study": Study,
    "results": Results,
    "claims": Claims,
    "bench step": BenchStep,
}
EXAMPLES = (
    "tombola find --model digits-mlp --data digits --density 0.5 --epochs 20 --out runs/first",
    "tombola verify runs/first --data digits",
    "tombola show runs/first/ticket",
    "tombola eval runs/first/ticket --data digits",
    "tombola find --help",
)


def chosen(words: list[str]) -> tuple[str, type[Command], list[str]]:
    """Name and type of the command that a command line begins with, and the words that follow.

    Raises:
        UsageError: where there is none of that name; the nearest is offered.
    """
    for name, command in COMMANDS.items():
        length = len(name.split())
        if words[:length] == name.split():
            return name, command, words[length:]
    families = [name for name in COMMANDS if name.split()[0] == words[0]]
    if len(families) == 1 and words[1:2] in (["--help"], ["-h"]):
        return families[0], COMMANDS[families[0]], words[1:]
    if families:
        given = f"has no {words[1]!r}" if len(words) > 1 and not words[1].startswith("-") else "needs a second word"
        raise UsageError(f"{words[0]} {given}: expected {' or '.join(families)}")
    kind = "option" if words[0].startswith("-") else "command"
    offered = nearest(words[0], (*COMMANDS, "--help", "--version"))
    raise UsageError(f"unknown {kind} {words[0]!r}: {offered}known commands: {', '.join(COMMANDS)}")


def overview() -> None:
    """Print what there is."""
    print_overview(COMMANDS)
    print_examples(EXAMPLES)
