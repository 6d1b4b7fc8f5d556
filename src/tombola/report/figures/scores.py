"""The scores of kept and of removed weights, per layer."""

from dataclasses import dataclass

from tombola.records.run_record import RunRecord
from tombola.report.names import short_names


@dataclass(frozen=True)
class HistogramBin:
    """How many kept and removed weights have a score in [low, high)."""

    low: float
    high: float
    kept: int
    removed: int


@dataclass(frozen=True)
class Histogram:
    """The score histogram of one layer; `label` is the part of its name that tells it from the others."""

    name: str
    label: str
    bins: tuple[HistogramBin, ...]

    @property
    def kept(self) -> int:
        """All kept weights of the layer."""
        return sum(part.kept for part in self.bins)

    @property
    def removed(self) -> int:
        """All removed weights of the layer."""
        return sum(part.removed for part in self.bins)


def histograms(record: RunRecord) -> tuple[Histogram, ...]:
    """One histogram a layer; none for a method without scores."""
    rows = record.result.scores
    return tuple(
        Histogram(row.name, label, tuple(map(HistogramBin, row.edges, row.edges[1:], row.kept, row.removed)))
        for row, label in zip(rows, short_names([row.name for row in rows]), strict=True)
    )
