"""`tombola results`: the records of studies as a table."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from tyro.conf import Positional, arg

from tombola.cli.commands.command import Flag


@dataclass(frozen=True)
class Results:
    """Show what studies came to, beside what was published: filter, sort, average over seeds, export."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola results",
        "tombola results results/density-lenet --where preset=laptop weights=kaiming-normal --mean",
        "tombola results --where preset=laptop,paper density=0.3..0.7 test_accuracy=0.9..",
        "tombola results --columns study arm density test_accuracy --sort test_accuracy --descending --json",
        "tombola results --export all.csv",
    )

    folder: Annotated[Positional[str], arg(metavar="FOLDER", help_behavior_hint="(default: results)")] = "results"
    """Of all studies, of one, or of one with one preset."""
    where: Annotated[tuple[str, ...], arg(metavar="COLUMN=VALUE ...", help_behavior_hint="")] = ()
    """Only rows with these values: several of one column with commas, numbers from LOW to HIGH as LOW..HIGH."""
    columns: Annotated[
        tuple[str, ...], arg(metavar="COLUMN ...", help_behavior_hint="(default: those that differ)")
    ] = ()
    """The columns shown; any setting by its path, such as training.epochs."""
    sort: Annotated[str | None, arg(metavar="COLUMN", help_behavior_hint="")] = None
    """Sort by a column; by study, arm and axes where none is given."""
    descending: Flag = False
    """The largest first."""
    mean: Flag = False
    """One row for all seeds: mean and standard deviation (n - 1), which is a column of its own in JSON and files."""
    export: Annotated[str | None, arg(metavar="FILE", help_behavior_hint="")] = None
    """Write the rows, with every column unless some are named, to FILE.csv or FILE.parquet."""
    json: Flag = False
    """Print the rows as one JSON list."""

    def run(self) -> None:
        """Read the records and print the rows.

        Raises:
            TombolaError: whose sentence is all that the user sees.
        """
        from tombola.cli.actions import results

        results.run(self)
