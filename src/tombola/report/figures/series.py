"""`Series`: one quantity of a study over one axis, as means over replicates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tombola.claims.published import Published
from tombola.errors import is_number

MOST_ACROSS = 3  # of more lines across, the names would cover each other


@dataclass(frozen=True)
class SeriesPoint:
    """One point of the grid, averaged.

    Attributes:
        line: of the figure.
        x: value of the axis; text where the axis has no numbers.
        mean, deviation: over the replicates; None of one.
    """

    line: str
    x: float | str
    mean: float
    deviation: float | None
    replicates: int


@dataclass(frozen=True)
class Theirs:
    """What somebody else published for a line; `x` as in `SeriesPoint`, empty where it lies across."""

    line: str
    x: float | str
    told: Published


@dataclass(frozen=True)
class Series:
    """One quantity over one axis.

    Attributes:
        quantity: the metric's name.
        title: of the figure.
        axis: name of the axis.
        lines: their names, in order.
        points: of all lines.
        across: values of runs that do not vary over an axis of numbers; over one of names they are points.
        is_log: whether the axis reads best by its ratios.
        pane: what the figure is of, where a study has several: a model.
        theirs: what was published, also where there is no point of ours.
        like: lines that are of the same thing as others, by another method: they have the others' colours.
    """

    quantity: str
    title: str
    axis: str
    lines: tuple[str, ...]
    points: tuple[SeriesPoint, ...]
    across: tuple[SeriesPoint, ...]
    is_log: bool = False
    pane: str = ""
    theirs: tuple[Theirs, ...] = ()
    like: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_numeric(self) -> bool:
        """Whether the axis has numbers."""
        return are_numbers([point.x for point in self.points])

    def told(self, line: str, x: float | str) -> Published | None:
        """What was published at one place."""
        return next((each.told for each in self.theirs if (each.line, each.x) == (line, x)), None)

    @property
    def rules(self) -> tuple[SeriesPoint, ...]:
        """What is drawn across: all or nothing, since the table has it too."""
        return self.across if len(self.across) <= MOST_ACROSS else ()


def are_numbers(values: Iterable[Any]) -> bool:
    """Whether all values are numbers; what is true or false is none.

    >>> are_numbers([0.5, 1]), are_numbers([True, 1])
    (True, False)
    """
    return all(map(is_number, values))
