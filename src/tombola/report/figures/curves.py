"""Loss and metric over the epochs, on training and on held-out data."""

from dataclasses import dataclass

from tombola.records import EpochRow
from tombola.records.run_record import RunRecord

_HELD_OUT = ("validation", "test")


@dataclass(frozen=True)
class CurvePoint:
    """One measurement: which data it is of, after which epoch; the iteration where that is within one."""

    epoch: float
    data: str
    value: float
    step: int | None = None


@dataclass(frozen=True)
class Curve:
    """One quantity over the epochs.

    Attributes:
        quantity: `loss` or the metric's name.
        points: by data and epoch; an epoch without a finite value has none.
        held_out: `validation`, or `test` where the run followed the paper's protocol; None if not measured.
        chosen_epoch: the epoch whose mask, or whose trained weights, the figures are of; None where it is
            not among the points.
        early_stop: whether the chosen epoch is that of the lowest held-out loss of a training.
    """

    quantity: str
    points: tuple[CurvePoint, ...]
    held_out: str | None
    chosen_epoch: float | None
    early_stop: bool = False

    def at(self, epoch: float | None, data: str | None) -> float | None:
        """The value of one point, or None where there is none."""
        found = (point.value for point in self.points if point.epoch == epoch and point.data == data)
        return next(found, None)


def curves(record: RunRecord) -> tuple[Curve, ...]:
    """The loss and the metric of a run, in this order; a quantity that was not recorded is left out."""
    found = (_curve(record, quantity) for quantity in dict.fromkeys(("loss", record.result.metric)))
    return tuple(curve for curve in found if curve.points)


def is_within_epochs(epochs: tuple[EpochRow, ...]) -> bool:
    """Whether rows were written within epochs too, every few iterations."""
    return any(row.epoch != int(row.epoch) for row in epochs)


def is_early_stop(record: RunRecord) -> bool:
    """Whether the ticket was trained, and its figures are of the row with the lowest held-out loss."""
    result = record.result
    return result.trained and result.chosen_epoch is not None and _lowest_loss(record) == result.chosen_epoch


def _lowest_loss(record: RunRecord) -> float | None:
    """The epoch of the lowest held-out loss; of levels that of the last, since rows may be but some of many."""
    if record.result.levels:
        return record.result.levels[-1].early_stop_epoch
    losses = _held_out(record.epochs, "loss")[1]
    lowest = min(losses, key=lambda point: point.value, default=None)  # the earliest of equal ones
    return None if lowest is None else lowest.epoch


def _curve(record: RunRecord, quantity: str) -> Curve:
    held_out, series = _held_out(record.epochs, quantity)
    points = (*_series(record.epochs, "train", quantity), *series)
    chosen = record.result.chosen_epoch
    within = bool(points) and chosen is not None and chosen >= min(point.epoch for point in points)
    return Curve(quantity, points, held_out, chosen if within else None, is_early_stop(record))


def _held_out(epochs: tuple[EpochRow, ...], quantity: str) -> tuple[str | None, tuple[CurvePoint, ...]]:
    """The name of the data that was held out, and its points."""
    found = ((data, _series(epochs, data, quantity)) for data in _HELD_OUT)
    return next(((data, series) for data, series in found if series), (None, ()))


def _series(epochs: tuple[EpochRow, ...], data: str, quantity: str) -> tuple[CurvePoint, ...]:
    within = is_within_epochs(epochs)
    return tuple(
        CurvePoint(row.epoch, data, value, row.step if within else None)
        for row in epochs
        if (value := row.measured(f"{data}_{quantity}")) is not None
    )
