"""`tombola find`: search for a ticket."""

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from tyro.conf import OmitArgPrefixes, arg

from tombola.cli.commands.command import Flag
from tombola.cli.commands.find_options import (
    MODELS,
    MethodOptions,
    OutputOptions,
    TrainingOptions,
    WeightOptions,
    shown,
)
from tombola.cli.interrupts import interrupts_held
from tombola.errors import UsageError


@dataclass(frozen=True)
class Find:
    """Find a ticket: a mask, and the untrained weights it goes with."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola find --model digits-mlp --data digits --density 0.5 --epochs 20 --compare",
        "tombola find --model digits-conv --data digits --epochs 5 --layer-density 'features.*=0.3' classifier.3=1.0",
        "tombola find --model digits-mlp --data digits --n-of-m 2:4 --epochs 10 --replicates 3 --json",
        "tombola find --model digits-mlp --data digits --method imp --density 0.1 --rewind-step 10it --epochs 10",
        "tombola find --model lenet-300-100 --data mnist --preset lottery-ticket --replicates 3",
        "tombola find --model resnet-50 --data imagenet --preset edge-popup-imagenet",
        "tombola find --model lenet-300-100 --data mnist --weights kaiming-normal --scaled --epochs 5",
    )

    model: Annotated[str, arg(metavar="NAME", help=f"{MODELS}; or package.module:callable.")]
    data: Annotated[str, arg(metavar="NAME")]
    """digits, mnist, cifar10, imagenet, owner/name on the Hugging Face hub, or a folder or Parquet file."""
    model_arguments: Annotated[tuple[str, ...], arg(metavar="NAME=VALUE ...", help_behavior_hint="")] = ()
    """Of the model, such as width=0.5 classes=10."""
    include: Annotated[tuple[str, ...], arg(metavar="PATTERN ...", help_behavior_hint="")] = ()
    """Parameters that are prunable besides the weights of layers."""
    exclude: Annotated[tuple[str, ...], arg(metavar="PATTERN ...", help_behavior_hint="")] = ()
    """Parameters that are not prunable."""
    seed: Annotated[int, arg(metavar="N")] = 0
    """Of all that is random."""
    protocol: Annotated[str | None, shown("validation", "NAME")] = None
    """validation: choose the epoch on held-out examples; paper: train on all examples, report the last epoch."""
    preset: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="")] = None
    """Settings of a paper for this model: lottery-ticket, criterion-supermask, learned-supermask, independent-study,
    edge-popup-imagenet."""
    validation_fraction: Annotated[float | None, shown("0.1", "X")] = None
    """Of the training examples, held out where the data has no validation split."""
    pixels: Annotated[str | None, shown("standardised", "NAME")] = None
    """standardised: to mean 0 and deviation 1; unit: in [0, 1]."""
    image_size: Annotated[int | None, shown("the model's, else 224", "N")] = None
    """Pixels of a side, for images of mixed sizes or too many to hold in memory."""
    compare: Flag = False
    """Train the dense network too, to compare with."""
    method: OmitArgPrefixes[MethodOptions] = field(default_factory=MethodOptions)
    weights: OmitArgPrefixes[WeightOptions] = field(default_factory=WeightOptions)
    training: OmitArgPrefixes[TrainingOptions] = field(default_factory=TrainingOptions)
    output: OmitArgPrefixes[OutputOptions] = field(default_factory=OutputOptions)

    def run(self) -> None:
        """Search, and print what was found.

        Raises:
            TombolaError: whose sentence is all that the user sees.
            KeyboardInterrupt: where the user stopped it, saying how to go on.
        """
        output = self.output
        if output.resume and output.fresh:
            raise UsageError("--resume goes on with what the folder holds, --fresh replaces it: expected one of them")
        if output.replicates < 1:
            raise UsageError(f"--replicates={output.replicates}: expected 1 or more")
        with interrupts_held():
            from tombola.cli.actions import replicates, single  # bring torch
        try:
            (replicates if output.replicates > 1 else single).run(self)
        except KeyboardInterrupt as stop:
            if not str(stop):
                raise KeyboardInterrupt("nothing had begun") from None
            is_kept = output.fresh and str(stop).startswith("goes on")
            raise KeyboardInterrupt(f"the same command {'without --fresh ' * is_kept}{stop}") from None
