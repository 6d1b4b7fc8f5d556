"""The claims of the lottery-ticket papers."""

from collections.abc import Callable, Iterator
from typing import Literal

from tombola.claims.claim import Claim
from tombola.claims.evidence import Evidence, mean
from tombola.claims.finding import Finding, compare
from tombola.records import StudyRecord
from tombola.records.level_row import LevelRow

SOURCE = "Frankle & Carbin 2019"
TICKETS = ("tickets-lenet", "tickets")
CLOSE = 0.003  # three tenths of a point: less than that is a match
STOP = "early_stop_step"
# Densities of tickets, as of the paper's rounds 7, 9 and 15 on LeNet-300-100. The level that comes closest stands for
# each, where it is within a tenth of it.
WINNING, FURTHER, SMALL = 0.21, 0.14, 0.036
NEAR = 0.1
DENSE = 1.0


def _row(record: StudyRecord, density: float) -> LevelRow | None:
    """The level of a run whose density is closest to one; the dense network is level 0 and no other."""
    rows = [] if record.result is None else record.result.levels
    margin = 0.0 if density == DENSE else NEAR
    near = [row for row in rows if abs(row.density / density - 1) <= margin]
    return min(near, key=lambda row: abs(row.density - density), default=None)


def _at(density: float, name: str) -> Callable[[StudyRecord], float | None]:
    """Reads a figure of the level of a density."""

    def read(record: StudyRecord) -> float | None:
        row = _row(record, density)
        if row is None:
            return None
        named = {STOP: row.early_stop_step, "density": row.density}
        return named[name] if name in named else row.measured(name)

    return read


def _trial(density: float, network: str) -> Callable[[StudyRecord], float | None]:
    """Reads the metric of the ticket of a density, or of a control that was trained beside it."""

    def read(record: StudyRecord) -> float | None:
        row, controls = _row(record, density), record.measured.controls
        if row is None or controls is None:
            return None
        found = (each.metric for each in controls.trials if (each.level, each.network) == (row.level, network))
        return next(found, None)

    return read


def _places(evidence: Evidence, *densities: float) -> Iterator[tuple[str, float, Evidence]]:
    """Each density, and the networks whose runs have such a level; where none has, there is nothing to compare."""
    for density in densities:
        levels = {name: (own, own.series(_at(density, "density"))) for name, own in evidence.networks()}
        present = {name: (own, mean(found)) for name, (own, found) in levels.items() if found}
        for name, (own, found) in present.items():
            yield f"{name}, density {found:.2g}", density, own
        if not present:
            yield f"density {density:g}", density, evidence


def _winning(evidence: Evidence) -> Iterator[Finding]:
    for place, density, own in _places(evidence, WINNING, FURTHER):
        ticket, dense = (own.series(_at(each, "test_accuracy")) for each in (density, DENSE))
        yield compare(f"{place}: test accuracy, not below dense", ticket, dense, "not below")
        ticket, dense = (own.series(_at(each, STOP)) for each in (density, DENSE))
        text = f"{place}: early-stop iteration, not above dense"
        yield compare(text, ticket, dense, "not above", is_percent=False)


def _still_matching(evidence: Evidence) -> Iterator[Finding]:
    for place, density, own in _places(evidence, SMALL):
        ticket, dense = (own.series(_at(each, "test_accuracy")) for each in (density, DENSE))
        yield compare(f"{place}: test accuracy, not below dense", ticket, dense, "not below", margin=CLOSE)


def _faster(evidence: Evidence) -> Iterator[Finding]:
    for place, density, own in _places(evidence, WINNING):
        ticket, dense = (own.series(_at(each, STOP)) for each in (density, DENSE))
        yield compare(f"{place}: early-stop iteration, below dense", ticket, dense, "below", is_percent=False)
        ticket, dense = (own.series(_at(each, "test_accuracy")) for each in (density, DENSE))
        yield compare(f"{place}: test accuracy, above dense", ticket, dense, "above")


def _over_control(control: str) -> Callable[[Evidence], Iterator[Finding]]:
    def judge(evidence: Evidence) -> Iterator[Finding]:
        for place, density, own in _places(evidence, WINNING, SMALL):
            ticket, other = (own.series(_trial(density, network)) for network in ("ticket", control))
            yield compare(f"{place}: test accuracy, ticket over {control}", ticket, other, "above")

    return judge


def _iterative(evidence: Evidence) -> Iterator[Finding]:
    for density in evidence.values("density"):
        own = evidence.where(density=density)
        step, once = (own.where(arm).series() for arm in ("iterative", "one-shot"))
        yield compare(f"density {density:g}: iterative over one-shot", step, once, "above")


def _moved(side: Literal["kept", "removed"]) -> Callable[[StudyRecord], float | None]:
    """Reads how far the weights moved that a ticket keeps or lacks, averaged over layers."""

    def read(record: StudyRecord) -> float | None:
        row, movement = _row(record, WINNING), record.measured.movement
        if row is None or movement is None:
            return None
        values = [getattr(each, side) for each in movement.rows if each.level == row.level]
        return sum(values) / len(values) if values else None

    return read


def _movement(evidence: Evidence) -> Iterator[Finding]:
    for place, _, own in _places(evidence, WINNING):
        kept, removed = own.series(_moved("kept")), own.series(_moved("removed"))
        text = f"{place}: mean |change| of kept over removed weights, mean over layers"
        yield compare(text, kept, removed, "above", is_percent=False)


def _nine_of_ten(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        of = own.where("fine-tuning")
        tuned, dense = of.series(), of.series(_at(DENSE, "test_accuracy"))
        text = f"{name}, density 0.1 after fine-tuning, not below dense"
        yield compare(text, tuned, dense, "not below", margin=CLOSE)


def _equal_weights(evidence: Evidence) -> Iterator[Finding]:
    for arm in ("edge-popup", "dense"):
        own = evidence.where(arm)
        equal, drawn = (own.where(weights=name).series() for name in ("kaiming-constant", "kaiming-normal"))
        yield compare(f"{arm}: equal weights below normal ones by 10 points", equal, drawn, "below", margin=0.1)


CLAIMS = (
    Claim(
        "L1",
        "Tickets of 10 to 20% of the weights match or exceed the dense network in at most as many iterations.",
        SOURCE,
        "At densities 0.21 and 0.14 accuracy is not below, the early-stop iteration not above dense.",
        TICKETS,
        _winning,
    ),
    Claim(
        "L2",
        "Down to 3.6% of the weights they still match.",
        SOURCE,
        "At density 0.036 test accuracy is at most 0.3 points below dense, on LeNet-300-100.",
        ("tickets-lenet",),
        _still_matching,
    ),
    Claim(
        "L3",
        "Tickets learn faster and end higher.",
        SOURCE,
        "At density 0.21 the early-stop iteration is below, test accuracy above dense.",
        TICKETS,
        _faster,
    ),
    Claim(
        "L4",
        "With fresh random weights the same mask is far worse.",
        SOURCE,
        "At densities 0.21 and 0.036 the ticket, trained in isolation, is above the same mask with weights drawn anew.",
        TICKETS,
        _over_control("fresh-weights"),
    ),
    Claim(
        "L5",
        "Iterative pruning finds smaller tickets than one-shot pruning.",
        SOURCE,
        "At each density the iterative ticket's test accuracy is above the one-shot ticket's.",
        ("one-shot-lenet",),
        _iterative,
    ),
    Claim(
        "L6",
        "A ticket's weights move more in training than the others.",
        SOURCE,
        "In the dense training, weights of the ticket of density 0.21 change more than the others (mean over layers).",
        TICKETS,
        _movement,
    ),
    Claim(
        "L7",
        "A sparse architecture trained from random weights does worse than the pruned dense one.",
        f"{SOURCE}; Han et al. 2015",
        "At densities 0.21 and 0.036 the ticket is above a random mask with as many weights in each layer.",
        TICKETS,
        _over_control("random-mask"),
    ),
    Claim(
        "L8",
        "Up to 90% of the connections can go without loss of accuracy, by training, pruning and fine-tuning.",
        "Han et al. 2015",
        "At density 0.1 test accuracy after fine-tuning is at most 0.3 points below that of the dense network.",
        ("fine-tuning-lenet", "fine-tuning"),
        _nine_of_ten,
    ),
    Claim(
        "L9",
        "Weights that all begin equal fail: every subnetwork is the same.",
        "a summary of the lottery-ticket hypothesis",
        "With equal weights edge-popup and dense training come out more than 10 points below normal weights.",
        ("equal-weights-lenet",),
        _equal_weights,
    ),
)
