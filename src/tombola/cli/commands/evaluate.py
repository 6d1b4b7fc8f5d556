"""`tombola eval`: what a ticket does on a data set."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from tombola.cli.commands.command import Flag
from tombola.errors import UsageError


@dataclass(frozen=True)
class Eval:
    """Evaluate a ticket: loss and metric of its network on a split of a data set."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola eval runs/first/ticket --data digits",
        "tombola eval runs/first --data digits --split train --json",
        "tombola eval runs/first --data digits --shared-values -2 -1 1 2 --signs kept",
        "tombola eval mine.ticket --data cifar10 --model package.module:Net --model-arguments width=2",
    )

    ticket: Positional[str]
    """A ticket file, or the folder of a run."""
    data: Annotated[str, arg(metavar="NAME")]
    """As of find: digits, mnist, owner/name on the hub, or a folder or Parquet file."""
    model: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """package.module:callable that makes the network, where the ticket's is not one of ours."""
    model_arguments: Annotated[tuple[str, ...], arg(metavar="NAME=VALUE ...", help_behavior_hint="")] = ()
    """Of the model, such as width=0.5 classes=10."""
    split: Annotated[str, arg(metavar="NAME")] = "test"
    """test, validation or train; validation is what the search held out of train, where it did."""
    shared_values: Annotated[tuple[float, ...], arg(metavar="V ...", help_behavior_hint="")] = ()
    """Put each of these values in the place of all weights in turn, as weight-agnostic networks are evaluated."""
    signs: Annotated[str, arg(metavar="NAME")] = "shared"
    """With shared values: shared, every weight is the value; kept, it is the value with the weight's own sign."""
    json: Flag = False
    """Print one JSON object, and nothing else on standard output."""
    quiet: Flag = False
    """Print the metric's value alone."""

    def run(self) -> None:
        """Evaluate, and print the figures.

        Raises:
            UsageError: where the ticket, the model and the data do not go together.
        """
        if self.model_arguments and not self.model:
            raise UsageError("--model-arguments are of --model: expected both, or neither")
        if self.signs != "shared" and not self.shared_values:
            raise UsageError("--signs are of --shared-values: expected both, or neither")
        if self.shared_values and self.split != "test":
            raise UsageError(
                "--split is of the ticket as it is: shared values are tuned on validation and shown on test"
            )
        from tombola.cli.actions import evaluate, shared_values  # bring torch

        (shared_values if self.shared_values else evaluate).run(self)
