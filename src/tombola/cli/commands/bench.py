"""`tombola bench`: how fast the engine is here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from tyro.conf import arg

from tombola.cli.commands.command import Flag

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True)
class BenchStep:
    """Time a step of the search against a dense training step, side by side."""

    examples: ClassVar[tuple[str, ...]] = (
        "tombola bench step --models lenet-300-100",
        "tombola bench step --models conv2 conv4 --precision 32 --no-compare-sort --json",
    )

    models: Annotated[tuple[str, ...], arg(metavar="NAME ...")] = ("lenet-300-100", "conv2", "conv4", "conv6", "conv8")
    """Networks to time."""
    precision: Annotated[str, arg(metavar="NAME")] = "auto"
    """32, bf16-mixed, or auto: bf16-mixed where the hardware computes in it, else 32."""
    batch_size: Annotated[int, arg(metavar="N")] = 128
    """Examples a step."""
    compare_sort: bool = True
    """Time the published algorithm too, which sorts all scores at each step and takes long."""
    json: Flag = False
    """Print the rows as one JSON list, and nothing else on standard output."""
    quiet: Flag = False
    """Print no progress."""

    def run(self) -> None:
        """Measure, and print the times.

        Raises:
            UsageError: for an unknown model or precision.
        """
        import sys

        from tombola.bench import run_steps
        from tombola.cli.actions.printing import print_json, print_table
        from tombola.training import Training

        Training(batch_size=self.batch_size, precision=self.precision)  # refuses what cannot be used
        if not (self.quiet or self.json):
            print(f"timing {', '.join(self.models)} …", file=sys.stderr)
        rows = run_steps(self.models, self.precision, self.batch_size, self.compare_sort)
        if self.json:
            print_json(rows)
        else:
            print_table(_table(rows))


def _table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    from tombola.cli.actions.printing import plain_table

    numbers = ("ms a step", "times dense", "faster than sorting")
    table = plain_table(*((name, False) for name in ("model", "method", "precision")), *((n, True) for n in numbers))
    for row in rows:
        values = (row["step_ms"], row["ratio_to_dense"], row["speedup_over_sort"])
        table.add_row(row["model"], row["method"], row["precision"], *(_number(value) for value in values))
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
