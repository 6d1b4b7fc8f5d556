"""Figures 1 to 6 and table 1 of the independent study on thresholds chosen by untrained accuracy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from tombola.claims.ledger import published_beside
from tombola.claims.published import Published
from tombola.records import StudyRecord
from tombola.records.base import real
from tombola.records.run_files import ResultFile
from tombola.report.figures.papers.paper_figures import (
    Curve,
    PaperFigure,
    PaperFigures,
    PaperTable,
    mean_curve,
    mean_point,
    series,
    theirs_at,
)
from tombola.report.figures.papers.scale import layers_text, scale_text, steps_text
from tombola.report.figures.series import Series
from tombola.report.figures.table import Cell, Table, cell

Records = tuple[StudyRecord, ...]
HIDDEN, BASELINE = "model_arguments.hidden", (200, 30)
# The study's own groups of its layer sizes, made by eye, from the best to the worst.
GROUPS: dict[str, tuple[tuple[int, int], ...]] = {
    "high performers": (BASELINE, (100, 15), (100, 25), (150, 15), (150, 25)),
    "medium performers": ((50, 15), (50, 25), (150, 5)),
    "low performers": ((100, 5), (50, 5)),
}
COLUMNS = {"relative size": "density", "final loss": "loss", "lowest loss": "minimum_loss", "at": "minimum_step"}


@dataclass(frozen=True)
class Runs:
    """The finished runs of the study that have curves."""

    tickets: Records
    dense: Records

    @classmethod
    def of(cls, records: Records) -> "Runs":
        """Those among some records."""
        finished = [record for record in records if record.result is not None and _losses(record)]
        return cls(*(tuple(record for record in finished if record.arm == arm) for arm in ("ticket", "dense")))

    def sized(self, *hidden: tuple[int, int]) -> Records:
        """The dense runs of some layer sizes."""
        return tuple(record for record in self.dense if record.values.get(HIDDEN) in hidden)

    def groups(self) -> Iterator[tuple[str, Records]]:
        """The tickets, and the study's groups of layer sizes."""
        yield "lottery tickets", self.tickets
        for name, sizes in GROUPS.items():
            yield name, self.sized(*sizes)

    @property
    def weights(self) -> int | None:
        """Of the whole baseline network."""
        return None if self.baseline is None else _result(self.baseline).prunable

    @property
    def layers(self) -> str:
        """Of the baseline, from inputs to classes."""
        return "" if self.baseline is None else layers_text(self.baseline) or self.baseline.name("model")

    @property
    def baseline(self) -> StudyRecord | None:
        """A run of the whole baseline network; of a ticket, before it was pruned."""
        return next(iter((*self.tickets, *self.sized(BASELINE))), None)


def first_training(runs: Runs) -> Series | None:
    """Figure 1."""
    return _losses_of(runs, "dense")


def second_training(runs: Runs) -> Series | None:
    """Figure 2."""
    return _losses_of(runs, "baseline")


def sizes_of_masks(runs: Runs) -> Series | None:
    """Figure 3."""
    told: dict[float | str, Published | None] = {
        at: published_beside(first, f"density at threshold {at:g}") for first in runs.tickets[:1] for at in (0.0, 0.2)
    }
    points = mean_curve("masked network", (_sweep(record, "density") for record in runs.tickets))
    return series("density", "density of the mask", "threshold", points, theirs_at("masked network", told))


def untrained_accuracies(runs: Runs) -> Series | None:
    """Figure 4."""
    points = mean_curve("masked network", (_sweep(record, "test_accuracy") for record in runs.tickets))
    return series("accuracy", "accuracy of untrained masked networks", "threshold", points)


def trainings(runs: Runs) -> Series | None:
    """Figure 5."""
    groups = ((name, [_mean_losses(seed) for seed in by_seed(group)]) for name, group in runs.groups())
    points = [point for name, curves in groups for point in mean_curve(name, curves)]
    return series("loss", "loss on held-out data", "iteration", points)


def relative_sizes(runs: Runs) -> Series | None:
    """Figure 6."""
    if runs.weights is None:
        return None
    groups = [(name, by_seed(group)) for name, group in runs.groups() if group]
    points = [
        mean_point("relative size", name, [fmean(_size(record, runs) for record in seed) for seed in seeds])
        for name, seeds in groups
    ]
    return series("density", "relative size", "network", points)


def by_seed(group: Records) -> list[Records]:
    """The runs of each seed: a replicate of a group is the mean of all its sizes."""
    seeds = sorted({record.seed for record in group})
    return [tuple(record for record in group if record.seed == seed) for seed in seeds]


def _mean_losses(records: Records) -> Curve:
    return {float(point.x): point.mean for point in mean_curve("", map(_losses, records))}


@dataclass(frozen=True)
class Described:
    """How one figure is made, and what is said beneath it."""

    name: str
    make: Callable[[Runs], Series | None]
    words: str
    needs: str


FIGURES = (
    Described("Figure 1", first_training, "The first training, of the whole network.", "tickets"),
    Described(
        "Figure 2",
        second_training,
        "The second ends where the first had its lowest loss; drawn as far as each seed goes.",
        "tickets",
    ),
    Described("Figure 3", sizes_of_masks, "What each threshold keeps of the weights.", "tickets"),
    Described("Figure 4", untrained_accuracies, "Initial weights under each threshold’s mask.", "tickets"),
    Described(
        "Figure 5",
        trainings,
        "Tickets, and smaller layers in the study’s groups: the mean of each.",
        "finished runs",
    ),
    Described("Figure 6", relative_sizes, "As a share of the weights of {layers}.", "runs of the layers 200-30"),
)


def figures(records: Records) -> PaperFigures:
    """All that the study shows, of whatever records there are."""
    runs = Runs.of(records)
    made = tuple(_figure(described, runs) for described in FIGURES)
    used, table = (*runs.tickets, *runs.dense), table_1(runs)
    words = f"Loss on held-out data over {steps_text(used)}. {scale_text(used)}"
    words += " Beneath, the study’s." if table and table.has_published else ""
    return PaperFigures(made, (PaperTable("Table 1", words, table, "" if table else "it needs finished runs"),))


def table_1(runs: Runs) -> Table | None:
    """Size, loss and its minimum of the tickets and of every layer size."""
    if runs.weights is None:
        return None
    names: dict[str, Records] = {"lottery ticket": runs.tickets}
    names |= {f"{one}, {two}": runs.sized((one, two)) for sizes in GROUPS.values() for one, two in sizes}
    rows = tuple((name, tuple(_cells(group, runs))) for name, group in names.items() if group)
    return Table("Tickets against smaller layers", ("network", *COLUMNS), rows)


def _cells(group: Records, runs: Runs) -> Iterator[Cell]:
    first = group[0]
    for quantity in COLUMNS.values():
        ours = mean_point("", "", [_measured(record, runs)[quantity] for record in group])
        is_fixed = quantity == "density" and not ours.deviation  # layers of one size have as many weights
        deviation = None if is_fixed else ours.deviation
        theirs = published_beside(first, quantity)
        unit = {"density": "accuracy", "minimum_step": "iterations"}.get(quantity, "loss")
        yield cell(unit, replace(ours, deviation=deviation), theirs)


def _measured(record: StudyRecord, runs: Runs) -> dict[str, float]:
    losses = _losses(record)
    at = min(losses, key=lambda step: losses[step])
    last = losses[max(losses)]
    return {"density": _size(record, runs), "loss": last, "minimum_loss": losses[at], "minimum_step": at}


def _figure(described: Described, runs: Runs) -> PaperFigure:
    found = described.make(runs)
    used = runs.tickets if described.needs == "tickets" else (*runs.tickets, *runs.dense)
    text = f"{described.words.format(layers=runs.layers)} {scale_text(used)}"
    if found and found.theirs:
        text += " Hollow: the study’s."
    return PaperFigure(described.name, text, found, "" if found else f"it needs {described.needs}, none is recorded")


def _losses_of(runs: Runs, training: str) -> Series | None:
    curves = (_training(record, training) for record in runs.tickets)
    return series("loss", "loss on held-out data", "iteration", mean_curve("dense network", curves))


def _training(record: StudyRecord, name: str) -> Curve:
    """The loss over the iterations of one training, as the measure `trainings` has it."""
    return _curve(record.measured.trainings.get(name, {}))


def _losses(record: StudyRecord) -> Curve:
    """The loss over the iterations of the run's own training."""
    return _curve(record.curves)


def _curve(columns: Mapping[str, Any]) -> Curve:
    """The loss over the iterations; empty where either was not recorded."""
    pairs = zip(columns.get("step", ()), columns.get("test_loss", ()), strict=False)
    return {step: loss for step, loss in pairs if step is not None and loss is not None}


def _sweep(record: StudyRecord, name: str) -> Curve:
    """One quantity over the thresholds that the run tried."""
    sweep = _result(record).figures.get("sweep")
    rows = [row for row in sweep if isinstance(row, dict)] if isinstance(sweep, list) else []
    pairs = ((real(row.get("threshold")), real(row.get(name))) for row in rows)
    return {threshold: value for threshold, value in pairs if threshold is not None and value is not None}


def _size(record: StudyRecord, runs: Runs) -> float:
    assert runs.weights is not None  # the tickets, or the baseline's runs, are among the groups
    return _result(record).kept / runs.weights


def _result(record: StudyRecord) -> ResultFile:
    assert record.result is not None  # `Runs` has finished ones alone
    return record.result
