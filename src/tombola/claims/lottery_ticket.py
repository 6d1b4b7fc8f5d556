"""The claims of the lottery-ticket papers, on LeNet-300-100."""

from collections.abc import Callable, Iterator
from typing import Any

from tombola.claims.claim import Claim
from tombola.claims.evidence import Evidence
from tombola.claims.finding import Finding, Values, compare
from tombola.records import StudyRecord

SOURCE = "Frankle & Carbin 2019"
TICKETS = "tickets-lenet"
CLOSE = 0.003  # three tenths of a point: less than that is a match
STOP = "early_stop_step"
WINNING, SMALL, DENSE = 7, 15, 0


def _level(record: StudyRecord, level: int, name: str) -> float | None:
    """A figure of one level of a run."""
    rows = [] if record.result is None else [row for row in record.result.levels if row.level == level]
    if not rows:
        return None
    return rows[0].early_stop_step if name == STOP else rows[0].measured(name)


def _levels(evidence: Evidence, level: int, name: str) -> Values:
    return evidence.series(lambda record: _level(record, level, name))


def _trial(record: StudyRecord, level: int, network: str, name: str) -> float | None:
    """A figure of a ticket or of a control that was trained beside it."""
    controls: Any = record.measured.get("controls")
    rows = controls.get("trials", []) if isinstance(controls, dict) else []
    found = [row.get(name) for row in rows if (row.get("level"), row.get("network")) == (level, network)]
    return float(found[0]) if found and isinstance(found[0], int | float) else None


def _trials(evidence: Evidence, level: int, network: str, name: str) -> Values:
    return evidence.series(lambda record: _trial(record, level, network, name))


def _present(evidence: Evidence, *levels: int) -> list[int]:
    """Those of the levels that the runs have."""
    return [level for level in levels if _levels(evidence, level, "test_accuracy")]


def _winning(evidence: Evidence) -> Iterator[Finding]:
    for level in _present(evidence, WINNING, 9):
        ticket, dense = (_levels(evidence, one, "test_accuracy") for one in (level, DENSE))
        yield compare(f"level {level}: test accuracy, not below dense", ticket, dense, "not below")
        ticket, dense = (_levels(evidence, one, STOP) for one in (level, DENSE))
        text = f"level {level}: early-stop iteration, not above dense"
        yield compare(text, ticket, dense, "not above", is_percent=False)


def _still_matching(evidence: Evidence) -> Iterator[Finding]:
    for level in _present(evidence, SMALL):
        ticket, dense = (_levels(evidence, one, "test_accuracy") for one in (level, DENSE))
        yield compare(f"level {level}: test accuracy, not below dense", ticket, dense, "not below", margin=CLOSE)


def _faster(evidence: Evidence) -> Iterator[Finding]:
    for level in _present(evidence, WINNING):
        ticket, dense = (_levels(evidence, one, STOP) for one in (level, DENSE))
        yield compare(f"level {level}: early-stop iteration, below dense", ticket, dense, "below", is_percent=False)
        ticket, dense = (_levels(evidence, one, "test_accuracy") for one in (level, DENSE))
        yield compare(f"level {level}: test accuracy, above dense", ticket, dense, "above")


def _over_control(control: str) -> Callable[[Evidence], Iterator[Finding]]:
    def judge(evidence: Evidence) -> Iterator[Finding]:
        for level in _present(evidence, WINNING, SMALL):
            ticket, other = (_trials(evidence, level, network, "metric") for network in ("ticket", control))
            yield compare(f"level {level}: test accuracy, ticket over {control}", ticket, other, "above")

    return judge


def _iterative(evidence: Evidence) -> Iterator[Finding]:
    for density in evidence.values("density"):
        own = evidence.where(density=density)
        step, once = (own.where(arm).series() for arm in ("iterative", "one-shot"))
        yield compare(f"density {density:g}: iterative over one-shot", step, once, "above")


def _moved(side: str) -> Callable[[StudyRecord], float | None]:
    """Reads how far the weights moved that a level keeps or has removed, averaged over layers."""

    def read(record: StudyRecord) -> float | None:
        measured: Any = record.measured.get("movement")
        rows = measured.get("rows", []) if isinstance(measured, dict) else []
        values = [row[side] for row in rows if row.get("level") == WINNING]
        return sum(values) / len(values) if values else None

    return read


def _movement(evidence: Evidence) -> Iterator[Finding]:
    kept, removed = evidence.series(_moved("kept")), evidence.series(_moved("removed"))
    if kept:
        text = f"level {WINNING}: mean |change| of kept over removed weights, mean over layers"
        yield compare(text, kept, removed, "above", is_percent=False)


def _nine_of_ten(evidence: Evidence) -> Iterator[Finding]:
    tuned = evidence.where("fine-tuning").series()
    dense = _levels(evidence.where("fine-tuning"), DENSE, "test_accuracy")
    yield compare("density 0.1 after fine-tuning, not below dense", tuned, dense, "not below", margin=CLOSE)


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
        "At levels 7 and 9 (density 0.21 and 0.14) accuracy is not below, the early-stop iteration not above dense.",
        (TICKETS,),
        _winning,
    ),
    Claim(
        "L2",
        "Down to 3.6% of the weights they still match.",
        SOURCE,
        "At level 15 (density 0.036) test accuracy is at most 0.3 points below dense.",
        (TICKETS,),
        _still_matching,
    ),
    Claim(
        "L3",
        "Tickets learn faster and end higher.",
        SOURCE,
        "At level 7 (density 0.21) the early-stop iteration is below, test accuracy above dense.",
        (TICKETS,),
        _faster,
    ),
    Claim(
        "L4",
        "With fresh random weights the same mask is far worse.",
        SOURCE,
        "At levels 7 and 15 the ticket, trained in isolation, is above the same mask with weights drawn anew.",
        (TICKETS,),
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
        "In the dense training, weights that level 7 keeps change more than those it removes, averaged over layers.",
        (TICKETS,),
        _movement,
    ),
    Claim(
        "L7",
        "A sparse architecture trained from random weights does worse than the pruned dense one.",
        f"{SOURCE}; Han et al. 2015",
        "At levels 7 and 15 the ticket is above a random mask with as many weights in each layer.",
        (TICKETS,),
        _over_control("random-mask"),
    ),
    Claim(
        "L8",
        "Up to 90% of the connections can go without loss of accuracy, by training, pruning and fine-tuning.",
        "Han et al. 2015",
        "At density 0.1 test accuracy after fine-tuning is at most 0.3 points below that of the dense network.",
        ("fine-tuning-lenet",),
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
