"""`tombola verify`: hold tickets against their controls."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from tombola.cli.commands.command import Flag
from tombola.cli.commands.find_options import shown
from tombola.cli.interrupts import interrupts_held
from tombola.errors import UsageError

CONTROLS = (
    "random-mask, shuffled-mask, fresh-weights, permuted-weights, same-signs, flipped-signs, random-signs, dense, "
    "dense-equal-parameters"
)


@dataclass(frozen=True)
class Verify:
    """Hold a ticket against its controls over replicates, and give the verdict: winning, not winning or undecided."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola verify runs/first --data digits",
        "tombola verify runs/first/ticket --data digits --replicates 10 --controls all --out runs/verdict",
        "tombola verify runs/pruned --data digits --levels all --controls fresh-weights random-mask --json",
    )

    ticket: Annotated[Positional[str], arg(metavar="TICKET", help_behavior_hint="")]
    """A ticket, the folder of a run, or a folder of replicates, each of which is then one replicate."""
    data: Annotated[str, arg(metavar="NAME")]
    """What the ticket was found on: as find takes it."""
    model: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """package.module:callable, for a ticket of a model of your own."""
    model_arguments: Annotated[tuple[str, ...], arg(metavar="NAME=VALUE ...", help_behavior_hint="")] = ()
    """Of the model, such as width=0.5 classes=10."""
    replicates: Annotated[int | None, shown("5; of replicates as many as there are", "N")] = None
    """Repetitions of a single ticket, 2 or more, each with an order of the examples and with controls of its own."""
    controls: Annotated[
        tuple[str, ...],
        arg(
            metavar="NAME ...",
            help=f"What the ticket is compared with besides: all, or some of {CONTROLS}.",
            help_behavior_hint="(default: random-mask fresh-weights)",
        ),
    ] = ()
    levels: Annotated[tuple[str, ...], arg(metavar="LEVEL ...", help_behavior_hint="")] = ()
    """Of a run with levels: all, or some of their numbers."""
    definition: Annotated[str | None, shown("by how the ticket was found", "NAME")] = None
    """What winning means: lottery-ticket, for tickets that are trained, or supermask, for those used as they are."""
    train: Flag = False
    """Train the ticket before it is measured, however it was found."""
    as_it_is: Flag = False
    """Measure the ticket as it is, however it was found."""
    epochs: Annotated[int | None, shown("the search's", "N")] = None
    """Passes over the training examples of every training."""
    precision: Annotated[str | None, shown("the search's", "NAME")] = None
    """32, bf16-mixed, 16-mixed or auto."""
    out: Annotated[str | None, shown("the run's folder; none of a single ticket", "DIR")] = None
    """Folder of the record, the page, and the trials, which are not run twice."""
    json: Flag = False
    """Print one JSON object as the last line: verdict and evidence."""
    quiet: Flag = False
    """No progress and no table: print the verdict alone."""

    def run(self) -> int | None:
        """Verify, and print the verdict.

        Returns:
            1 where a run's audit failed, whatever the verdict.

        Raises:
            TombolaError: whose sentence is all that the user sees.
            KeyboardInterrupt: where the user stopped it, saying how to go on.
        """
        if self.train and self.as_it_is:
            raise UsageError("--train and --as-it-is contradict each other: expected one of them")
        if self.model_arguments and not self.model:
            raise UsageError("--model-arguments are of --model: expected both, or neither")
        with interrupts_held():
            from tombola.cli.actions import verify  # brings torch
        try:
            return verify.run(self)
        except KeyboardInterrupt:
            is_kept = self.out is not None or Path(self.ticket).is_dir()
            kept = "the same command goes on where it stopped" if is_kept else "nothing was kept"
            raise KeyboardInterrupt(kept) from None
