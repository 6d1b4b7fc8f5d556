"""Lines over density: how networks fare the fewer weights they keep."""

from collections.abc import Iterable
from dataclasses import dataclass

from tombola.claims.published import Published


@dataclass(frozen=True)
class DensityPoint:
    """One value at one density.

    Attributes:
        level: of the pruning; None where there is but one.
        low, high: ends of the interval of a mean, or one standard deviation on each side of it, as the caption
            says; None where there is one replicate.
        least, most: of the values that the mean is of.
        replicates: how many these are.
    """

    density: float
    level: int | None
    value: float
    low: float | None
    high: float | None
    least: float
    most: float
    replicates: int

    @classmethod
    def single(cls, density: float, level: int | None, value: float) -> "DensityPoint":
        """A value that was measured once."""
        return cls(density, level, value, None, None, value, value, 1)


@dataclass(frozen=True)
class DensityLine:
    """One network, or one way of looking at it, at every density from the largest down.

    Attributes:
        is_aside: whether it only accompanies the first line, and is drawn thin.
    """

    name: str
    points: tuple[DensityPoint, ...]
    is_aside: bool = False


@dataclass(frozen=True)
class TheirTicket:
    """One number somebody else published.

    Attributes:
        line: of ours that it is told of.
        density: where it lies; None where it lies across.
        value: in the figure's quantity; None where it is the density itself that was published.
    """

    line: str
    density: float | None
    value: float | None
    told: Published


@dataclass(frozen=True)
class OverDensity:
    """One quantity over density.

    Attributes:
        quantity: the metric's name, or `iterations`.
        title: what it is, in words.
        lines: the ticket first.
        whole: the whole network, which is one line across.
        confidence: of the intervals, in (0, 1); None where they are one standard deviation on each side, or none.
        pane: what the figure is of, where a study has several: a model.
        theirs: what was published.
    """

    quantity: str
    title: str
    lines: tuple[DensityLine, ...]
    whole: DensityPoint | None
    confidence: float | None = None
    pane: str = ""
    theirs: tuple[TheirTicket, ...] = ()

    @property
    def dense(self) -> float | None:
        """The value of the whole network."""
        return None if self.whole is None else self.whole.value

    @property
    def densities(self) -> tuple[float, ...]:
        """All densities of the axis that we have, from 1 down, and those of published numbers beyond them."""
        found = {1.0} | {point.density for line in self.lines for point in line.points}
        theirs = {each.density for each in self.theirs if each.density is not None}
        found |= {density for density in theirs if density < min(found)}
        return tuple(sorted(found, reverse=True))

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest of all that is drawn whole: values, and standard deviations on each side of their mean.

        An interval of a few with a confidence may reach far beyond; it ends at the edge.
        """
        points = [point for line in self.lines for point in line.points]
        points += [] if self.whole is None else [self.whole]
        ends = [end for p in points for end in (p.least, p.most)]
        ends += [each.value for each in self.theirs if each.value is not None]
        if self.confidence is None:
            ends += [end for p in points for end in (p.low, p.high) if end is not None]
        return min(ends), max(ends)

    @property
    def has_long_intervals(self) -> bool:
        """Whether an interval reaches beyond all measured values."""
        (low, high), points = self.range, [point for line in self.lines for point in line.points]
        return any(p.low is not None and p.high is not None and (p.low < low or p.high > high) for p in points)


def with_lines(figures: Iterable[OverDensity]) -> tuple[OverDensity, ...]:
    """The figures that have something to draw: two densities or more."""
    return tuple(figure for figure in figures if len({p.density for line in figure.lines for p in line.points}) > 1)
