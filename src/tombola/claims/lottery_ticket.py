"""The claims of the lottery-ticket papers."""

import itertools
from collections.abc import Callable, Iterator
from typing import Literal

from tombola.claims.claim import Claim
from tombola.claims.evidence import Evidence, mean
from tombola.claims.finding import CLOSE, NEAR_CHANCE, Finding, at_chance, compare, fact
from tombola.claims.published import published
from tombola.claims.published.number import ITERATIONS
from tombola.claims.published.words import in_words
from tombola.records import StudyRecord
from tombola.records.level_row import LevelRow

SOURCE = "Frankle & Carbin 2019"
TICKETS = ("tickets-lenet", "tickets")
# Densities of tickets, as of the paper's rounds 7 to 10, 15 on LeNet-300-100. The level that comes closest stands for
# each, where it is within a tenth of it.
WINNING, SMALL, NINE_OF_TEN = 0.21, 0.036, 0.1
TEN_TO_TWENTY = (0.17, 0.135, 0.11)  # percent of the weights
NEAR = 0.1
DENSE = 1.0
EQUAL = {"zero": "zeros", "equal": "kaiming-constant"}


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
        named = {ITERATIONS: row.iterations, "density": row.density}
        return named[name] if name in named else row.measured(name)

    return read


def _trial(density: float, network: str) -> Callable[[StudyRecord], float | None]:
    """Reads the metric of the ticket of a density, or of a control that was trained beside it."""

    def read(record: StudyRecord) -> float | None:
        row, controls = _row(record, density), record.measured.controls
        if row is None or controls is None or record.result is None:
            return None
        # Where a run's own ticket was taken no level is named: it is that of the last.
        levels = {row.level, None} if row == record.result.levels[-1] else {row.level}
        return next((each.metric for each in controls.trials if each.level in levels and each.network == network), None)

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


def _told(own: Evidence, density: float, quantity: str = "accuracy", beside: str = "dense") -> str:
    """What was published of a network's ticket of a density beside another, for people; it decides nothing."""
    there = mean(own.series(_at(density, "density")))
    places = {(record.study, record.arm): record.point for record in own.records}
    found = (published(*place, point, quantity, there, beside) for place, point in places.items())
    told = "; ".join(in_words(each) for each in found if each is not None)
    return f" ({told})" if told else ""


def _winning(evidence: Evidence) -> Iterator[Finding]:
    yield from _matching(evidence, *TEN_TO_TWENTY)


def _still_winning(evidence: Evidence) -> Iterator[Finding]:
    yield from _matching(evidence, SMALL)


def _matching(evidence: Evidence, *densities: float) -> Iterator[Finding]:
    for place, density, own in _places(evidence, *densities):
        ticket, dense = (own.series(_at(each, "test_accuracy")) for each in (density, DENSE))
        text = f"{place}: test accuracy, not below dense{_told(own, density)}"
        yield compare(text, ticket, dense, "not below", margin=CLOSE)
        ticket, dense = (own.series(_at(each, ITERATIONS)) for each in (density, DENSE))
        text = f"{place}: early-stop iteration, not above dense{_told(own, density, ITERATIONS)}"
        yield compare(text, ticket, dense, "not above", is_percent=False)


def _faster(evidence: Evidence) -> Iterator[Finding]:
    for place, density, own in _places(evidence, WINNING):
        ticket, dense = (own.series(_at(each, ITERATIONS)) for each in (density, DENSE))
        text = f"{place}: early-stop iteration, below dense{_told(own, density, ITERATIONS)}"
        yield compare(text, ticket, dense, "below", is_percent=False)
        ticket, dense = (own.series(_at(each, "test_accuracy")) for each in (density, DENSE))
        yield compare(f"{place}: test accuracy, above dense{_told(own, density)}", ticket, dense, "above")


def _fresh_weights(evidence: Evidence) -> Iterator[Finding]:
    for place, density, own in _places(evidence, WINNING, SMALL):
        fresh = own.series(_trial(density, "fresh-weights"))
        for network, margin in (("ticket", CLOSE), ("dense", 0.0)):
            told = _told(own, density, beside="fresh-weights") if network == "ticket" else ""
            text = f"{place}: test accuracy, fresh weights below {network}{told}"
            yield compare(text, fresh, own.series(_trial(density, network)), "below", margin=margin)


def _from_scratch(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.of("fine-tuning-lenet").networks():
        tuned, fresh = (own.series(_trial(NINE_OF_TEN, network)) for network in ("ticket", "fresh-weights"))
        text = f"{name}, density {NINE_OF_TEN:g}: test accuracy, fine-tuned over fresh weights"
        yield compare(text, tuned, fresh, "above")
    tickets = Evidence(tuple(record for record in evidence.records if record.study in TICKETS))
    for place, density, own in _places(tickets, WINNING, SMALL):
        ticket, other = (own.series(_trial(density, network)) for network in ("ticket", "random-mask"))
        yield compare(f"{place}: test accuracy, ticket over random mask", ticket, other, "above")


def _iterative(evidence: Evidence) -> Iterator[Finding]:
    densities = evidence.numbers("density")
    own = evidence.where(density=densities[0]) if densities else Evidence(())
    step, once = (own.where(arm) for arm in ("iterative", "one-shot"))
    dense = step.series(_at(DENSE, "test_accuracy"))
    at = "the smallest density" if not densities else f"density {densities[0]:g}"
    yield compare(f"{at}: iterative, not below dense", step.series(), dense, "not below", margin=CLOSE)
    yield compare(f"{at}: one-shot, below dense", once.series(), dense, "below", margin=CLOSE)
    yield compare(f"{at}: iterative over one-shot", step.series(), once.series(), "above")
    text = f"{at}: early-stop iteration, iterative below one-shot"
    yield compare(text, step.series(_last_stop), once.series(_last_stop), "below", is_percent=False)


def _last_stop(record: StudyRecord) -> float | None:
    """The early-stop iteration of the last ticket of a run."""
    rows = [] if record.result is None else record.result.levels
    return rows[-1].iterations if rows else None


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
    for (words, name), arm in itertools.product(EQUAL.items(), ("edge-popup", "dense")):
        own = evidence.where(arm)
        equal, drawn = (own.where(weights=each).series() for each in (name, "kaiming-normal"))
        yield compare(f"{arm}: {words} weights below normal ones by 10 points", equal, drawn, "below", margin=0.1)
        yield at_chance(f"{arm}: {words} weights at chance", equal, own.chance)
        near = [] if own.chance is None else [abs(value - own.chance) <= NEAR_CHANCE for value in equal.values()]
        yield fact(f"{arm}: {words} weights are at chance for {sum(near)} of {len(near)} seeds", all(near), len(near))


CLAIMS = (
    Claim(
        "L1",
        "Tickets of 10 to 20% of the weights match or exceed the dense network in at most as many iterations.",
        SOURCE,
        "In the search, at densities 0.17, 0.14 and 0.11 test accuracy is at most 0.3 points below, the early-stop "
        "iteration not above those of the dense network.",
        TICKETS,
        _winning,
    ),
    Claim(
        "L2",
        "Down to 3.6% of the weights they still match.",
        SOURCE,
        "In the search, at density 0.036 test accuracy is at most 0.3 points below, the early-stop iteration not above "
        "those of the dense network, on LeNet-300-100.",
        ("tickets-lenet",),
        _still_winning,
    ),
    Claim(
        "L3",
        "Tickets learn faster and end higher.",
        SOURCE,
        "In the search, at density 0.21 the early-stop iteration is below, test accuracy above dense.",
        TICKETS,
        _faster,
    ),
    Claim(
        "L4",
        "With fresh random weights the same mask is far worse.",
        SOURCE,
        "At densities 0.21 and 0.036 the mask with weights drawn anew, trained in isolation, is more than 0.3 points "
        "below the ticket, and below the dense network.",
        TICKETS,
        _fresh_weights,
    ),
    Claim(
        "L5",
        "Iterative pruning finds smaller tickets than one-shot pruning.",
        SOURCE,
        "At density 0.036 the iterative ticket is at most 0.3 points below the dense network; the one-shot ticket is "
        "more than that below it, below the iterative one, and learns more slowly than that.",
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
        "Trained in isolation, at density 0.1 the fine-tuned network is above its mask with fresh weights; at 0.21 and "
        "0.036 a ticket is above a random mask with as many weights in each layer.",
        ("fine-tuning-lenet", *TICKETS),
        _from_scratch,
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
        "Weights that are all zero, or all equal, fail: every subnetwork is the same.",
        "Obtaining Top Neural Network Performance Without Any Training, on zeros",
        "With zeros, and with equal weights, edge-popup and dense training come out more than 10 points below normal "
        "weights, and at chance, within 5 points, in the mean and for every seed, as they must where subnetworks are "
        "the same.",
        ("equal-weights-lenet",),
        _equal_weights,
    ),
)
