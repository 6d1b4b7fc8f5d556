"""`Setting`: how networks are trained and measured in a verification, read from what made the ticket."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tombola import data as datasets
from tombola.data import DataSet, Examples
from tombola.errors import DataError, TicketError, UsageError, is_number, unknown_name
from tombola.training import LOSSES, METRICS, Seeds, Task, Training, make_task, resolve_precision


@dataclass(frozen=True, eq=False)
class Setting:
    """What all networks of a verification have in common.

    Args:
        data: already split, as the search split it.
        task: loss and metric.
        training: settings of every training.
        protocol: `validation`, figures are those at the lowest validation loss, or `paper`, at the end.
        same_data: whether the data is what the ticket was found on.
        held_out: fraction of the training examples that is held out, and the seed that chose them.
        pixels: as `DataSet.with_pixels` has it.
    """

    data: DataSet
    task: Task
    training: Training
    protocol: str
    same_data: bool
    held_out: tuple[float, int]
    pixels: str = "standardised"

    @property
    def final_split(self) -> tuple[str, Examples]:
        """Name and examples of the final figures."""
        for name, split in (("test", self.data.test), ("validation", self.data.validation)):
            if split is not None:
                return name, split
        raise DataError(f"{self.data.name} has neither test nor validation examples: expected one of them")

    @property
    def chance(self) -> float | None:
        """The metric of a guess that does not look at the inputs, where it is known."""
        return 1 / self.data.classes if self.data.classes and self.task.metric.name == "accuracy" else None

    def describe(self) -> dict[str, Any]:
        """The setting as JSON: part of what identifies a trial."""
        size = {} if self.data.train.in_memory else {"image_size": self.data.train.shape[-1]}
        return size | {
            "data": self.data.fingerprint,
            "loss": self.task.loss_name,
            "metric": self.task.metric.name,
            "training": {name: getattr(self.training, name) for name in _names()},
            "protocol": self.protocol,
            "held_out": list(self.held_out),
            "pixels": self.pixels,
        }


def setting_of(spec: Mapping[str, Any], data: Any, changed: Mapping[str, Any], task: Task | None = None) -> Setting:
    """The setting in which a ticket was found, for the data given.

    Args:
        spec: the ticket's.
        data: as `find` takes it.
        changed: settings of the training that shall differ, by the names of `Training`; where the
            ticket does not say how it was found, the rest have their defaults.
        task: loss and metric, where the ticket's are not known by name.

    Raises:
        UsageError: where a setting is unknown or not allowed, or no split is left to measure on.
        TicketError: where the ticket's spec is not one that a search wrote.
    """
    pixels = spec.get("pixels", "standardised")
    told = spec.get("data")
    given: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    loaded = datasets.load(data).with_pixels(pixels).with_image_size(usual=spec.get("image_size"))
    loaded = loaded.standardised_as(given.get("preparation"))
    protocol = spec.get("protocol", "validation")
    seeds = _seeds(spec.get("seeds", {}))
    fraction = spec.get("validation_fraction", 0.1)
    if protocol not in ("validation", "paper") or not _is_fraction(fraction):
        raise TicketError("the ticket's spec is not one that a search wrote: expected a protocol and a fraction")
    is_paper = protocol == "paper" and loaded.test is not None
    splits = replace(loaded, validation=None) if is_paper else _held_out(loaded, float(fraction), seeds.split_seed)
    training = _training(spec.get("training", {}), changed)
    if training.augment != "on":
        splits = replace(splits, preparation=splits.preparation.not_augmented())
    same = given.get("fingerprint") == loaded.fingerprint
    chosen = task or _task(spec.get("task"), splits, training)
    protocol = "paper" if is_paper else "validation"
    return Setting(splits, chosen, training, protocol, same, (float(fraction), seeds.split_seed), pixels)


def _is_fraction(value: Any) -> bool:
    return is_number(value) and 0 <= value < 1


def _held_out(data: DataSet, fraction: float, seed: int) -> DataSet:
    return datasets.split_validation(data, fraction or 0.1, seed)


def _seeds(given: Any) -> Seeds:
    known = {field.name for field in fields(Seeds)}
    if not isinstance(given, Mapping) or not set(given) <= known:
        raise TicketError("the ticket's spec is not one that a search wrote: its seeds are unknown")
    return Seeds(**given)


def _names() -> list[str]:
    return [field.name for field in fields(Training)]


def _training(given: Any, changed: Mapping[str, Any]) -> Training:
    if unknown := [name for name in changed if name not in _names()]:
        raise unknown_name("setting", unknown[0], _names())
    if not isinstance(given, Mapping) or not set(given) <= set(_names()):
        raise TicketError("the ticket's spec is not one that a search wrote: its training has unknown settings")
    try:
        found = Training(**given)
    except (UsageError, TypeError, OverflowError) as error:  # such as a list where a name is expected, or 10^400
        raise TicketError(f"the ticket's spec is not one that a search wrote: {error}") from error
    settings = replace(found, **{name: value for name, value in changed.items() if value is not None})
    return replace(settings, precision=resolve_precision(settings.precision))


def with_changes(settings: Training, changed: Any) -> Training:
    """The settings of a ticket's own training, where its search trained it otherwise than the dense network.

    Raises:
        TicketError: where these are none.
    """
    if not isinstance(changed, Mapping) or not set(changed) <= set(_names()):
        raise TicketError("the ticket's metrics are not those that a search wrote: its training has unknown settings")
    try:
        return replace(settings, **changed)
    except (UsageError, TypeError, OverflowError) as error:
        raise TicketError(f"the ticket's metrics are not those that a search wrote: {error}") from error


def _task(given: Any, data: DataSet, training: Training) -> Task:
    loss = given.get("loss") if isinstance(given, Mapping) else None
    metric = given.get("metric") if isinstance(given, Mapping) else None
    for kind, name, known in (("loss", loss, LOSSES), ("metric", metric, METRICS)):
        if name is not None and not (isinstance(name, str) and name in known):
            raise UsageError(f"the ticket was found with a {kind} of one's own, {name!r}: give loss and metric")
    return make_task(loss, metric, classes=data.classes, label_smoothing=training.label_smoothing)
