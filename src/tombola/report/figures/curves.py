"""Loss and metric over the epochs, on training and on held-out data."""

from dataclasses import dataclass

from tombola.report.records import RunRecord
from tombola.report.schema import EpochRow

_HELD_OUT = ("validation", "test")


@dataclass(frozen=True)
class CurvePoint:
    """One measurement: which data it is of, after which epoch."""

    epoch: int
    data: str
    value: float


@dataclass(frozen=True)
class Curve:
    """One quantity over the epochs.

    Attributes:
        quantity: `loss` or the metric's name.
        points: by data and epoch; an epoch without a finite value has none.
        held_out: `validation`, or `test` where the run followed the paper's protocol; None if not measured.
        chosen_epoch: the epoch whose mask became the ticket.
    """

    quantity: str
    points: tuple[CurvePoint, ...]
    held_out: str | None
    chosen_epoch: int | None

    def at(self, epoch: int | None, data: str | None) -> float | None:
        """The value of one point, or None where there is none."""
        found = (point.value for point in self.points if point.epoch == epoch and point.data == data)
        return next(found, None)


def curves(record: RunRecord) -> tuple[Curve, ...]:
    """The loss and the metric of a run, in this order; a quantity that was not recorded is left out."""
    quantities = dict.fromkeys(("loss", record.result.metric))
    found = (_curve(record.epochs, quantity, record.result.chosen_epoch) for quantity in quantities)
    return tuple(curve for curve in found if curve.points)


def _curve(epochs: tuple[EpochRow, ...], quantity: str, chosen_epoch: int | None) -> Curve:
    series = {data: _series(epochs, data, quantity) for data in ("train", *_HELD_OUT)}
    held_out = next((data for data in _HELD_OUT if series[data]), None)
    points = (*series["train"], *(series[held_out] if held_out else ()))
    return Curve(quantity, points, held_out, chosen_epoch)


def _series(epochs: tuple[EpochRow, ...], data: str, quantity: str) -> tuple[CurvePoint, ...]:
    values = ((row.epoch, row.measured(f"{data}_{quantity}")) for row in epochs)
    return tuple(CurvePoint(epoch, data, value) for epoch, value in values if value is not None)
