"""`tombola study`: run a study."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from tombola.cli.commands.command import Flag
from tombola.cli.interrupts import interrupts_held


@dataclass(frozen=True)
class Study:
    """Run the grid of runs that answers a question; each run once, and going on where it stopped."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola study",
        "tombola study density-lenet --preset tiny",
        "tombola study density-lenet --preset laptop --dry-run",
        "tombola study density-lenet --preset laptop --jobs 2 --budget 20m",
        "tombola study density-lenet --preset laptop --where density=0.5 seed=0",
        "tombola study actions-lenet --preset laptop --replicates 10",
        "tombola study density-lenet --preset paper --cluster auto --jobs 16 --gpus-per-run 0.25",
        "tombola study mine.yaml --data mnist=data/mnist --json",
    )

    study: Annotated[Positional[str | None], arg(metavar="STUDY", help_behavior_hint="")] = None
    """The name of a study, or a YAML file with one of your own; without one, all names are listed."""
    preset: Annotated[str | None, arg(metavar="NAME", help_behavior_hint="(default: full)")] = None
    """How much of it: tiny for seconds, laptop for hours, paper for what the paper ran; full as it stands."""
    budget: Annotated[str | None, arg(metavar="TIME", help_behavior_hint="")] = None
    """Stop after so long, such as 20m or 3h; the same command goes on."""
    jobs: Annotated[int, arg(metavar="N")] = 1
    """Runs at once, each in a process of its own; they share the processor's cores."""
    cluster: Annotated[str | None, arg(metavar="ADDRESS", help_behavior_hint="")] = None
    """Run on a Ray cluster: auto, HOST:PORT, ray://HOST:10001 or local; its machines share results, work and data."""
    gpus_per_run: Annotated[float, arg(metavar="N", help_behavior_hint="(default: 0)")] = 0.0
    """The part of a GPU that each run on a cluster has: 0.25 puts four runs on one, 0 runs them on processors."""
    where: Annotated[tuple[str, ...], arg(metavar="NAME=VALUE ...", help_behavior_hint="")] = ()
    """Only the runs that have these values, such as arm=dense density=0.5 seed=0,1, or density=0.3..0.7."""
    replicates: Annotated[int | None, arg(metavar="N", help_behavior_hint="(default: the preset's)")] = None
    """How often each is run, with the seeds 0, 1, …: more of them decide what fewer leave open."""
    data: Annotated[tuple[str, ...], arg(metavar="NAME=PATH ...", help_behavior_hint="")] = ()
    """Where data sets are that shall not be fetched by their names."""
    results: Annotated[str, arg(metavar="DIR")] = "results"
    """Folder of the records of all studies."""
    work: Annotated[str, arg(metavar="DIR")] = "runs/studies"
    """Folder of unfinished runs."""
    keep: Flag = False
    """Keep the tickets and checkpoints of finished runs."""
    dry_run: Flag = False
    """Record nothing: show what there is to run, and what it will take; some runs are tried for a few seconds."""
    json: Flag = False
    """Print one JSON object as the last line."""
    quiet: Flag = False
    """No progress and no table: print the folder of the records, or with --dry-run how many runs are left."""

    def run(self) -> int | None:
        """Run the study, or say what it would run.

        Raises:
            TombolaError: whose sentence is all that the user sees.
            KeyboardInterrupt: where the user stopped it, saying how to go on.
        """
        with interrupts_held():
            from tombola.cli.actions import studies, study  # bring torch
        try:
            if self.study is None:
                studies.run(self)
                return None
            return study.run(self)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("the same command goes on from the last checkpoints") from None
