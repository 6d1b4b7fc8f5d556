"""How much of each layer is kept, and how many of its units still hear anything."""

from dataclasses import dataclass

from tombola.records.run_record import RunRecord
from tombola.report.names import short_names


@dataclass(frozen=True)
class LayerBar:
    """One prunable tensor, in the network's order; `label` is the part of its name that tells it from the others."""

    name: str
    label: str
    shape: tuple[int, ...]
    prunable: int
    kept: int
    density: float
    units: int
    live_units: int

    @property
    def live_share(self) -> float:
        """Live units as a fraction of all units, in [0, 1]."""
        return self.live_units / self.units


def layer_bars(record: RunRecord) -> tuple[LayerBar, ...]:
    """One bar a layer; the density is `kept / prunable`, whatever rounding the record carries."""
    rows = record.result.layers
    return tuple(
        LayerBar(row.name, label, row.shape, row.prunable, row.kept, row.kept / row.prunable, row.units, row.live_units)
        for row, label in zip(rows, short_names([row.name for row in rows]), strict=True)
    )
