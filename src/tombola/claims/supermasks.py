"""The claims on supermasks: of the independent study, and of Zhou et al."""

from collections.abc import Callable, Iterator
from typing import Any

from tombola.claims.claim import Claim
from tombola.claims.evidence import Evidence, Value, drawn
from tombola.claims.finding import CLOSE, Finding, Values, compare, fact
from tombola.claims.published import PUBLISHED, published
from tombola.records import StudyRecord
from tombola.records.base import real

STUDY = "an independent study (Rolfs)"
ZHOU = "Zhou et al. 2019"
THRESHOLDS = "independent-study"
# The layer sizes of its table 1.
SIZES = tuple(
    each.point["model_arguments.hidden"]
    for each in PUBLISHED
    if (each.study, each.arm, each.quantity) == (THRESHOLDS, "dense", "loss")
)
WHOLE = (200, 30)
SAME_SIGN, LARGE = "large-final-same-sign", "large-final"
CONSTANT = "signed-constant"
LEARNED_ARMS = ("plain", "rescaled")
NEAR = 1000.0  # iterations


def _figure(*path: str | int) -> Callable[[StudyRecord], float | None]:
    """Reads a number out of the figures of a run's method."""

    def read(record: StudyRecord) -> float | None:
        found: Any = None if record.result is None else record.result.figures
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        return real(found)

    return read


def _density_at(threshold: float) -> Callable[[StudyRecord], float | None]:
    """Reads the density of the mask at one threshold of the sweep."""

    def read(record: StudyRecord) -> float | None:
        sweep: Any = None if record.result is None else record.result.figures.get("sweep")
        rows = sweep if isinstance(sweep, list) else []
        found = [row for row in rows if isinstance(row, dict) and row.get("threshold") == threshold]
        return real(found[0].get("density")) if found else None

    return read


def _as_in_the_study(
    text: str,
    values: Values,
    quantity: str,
    margin: float | None = None,
    hidden: tuple[int, int] | None = None,
    **said: bool,
) -> Finding:
    """Holds values against the study's own, within its deviation, or a margin of ours.

    Args:
        text: what is compared.
        values: of the ticket, or of a dense network.
        quantity: what the number is of.
        margin: in place of the deviation.
        hidden: layer sizes of the dense network.
        said: see `compare`.
    """
    place = ("ticket", {}) if hidden is None else ("dense", {"model_arguments.hidden": hidden})
    theirs = published(THRESHOLDS, *place, quantity)
    assert theirs is not None  # both are in our data
    assert theirs.deviation is not None
    near = theirs.deviation if margin is None else margin
    return compare(text, values, theirs.value, "equal", margin=near, **said)


def _untrained_above_chance(evidence: Evidence) -> Iterator[Finding]:
    chosen = evidence.where("ticket").series(_figure("chosen", "test_accuracy"))
    yield compare("untrained accuracy at the best threshold, 10 points over chance", chosen, 0.1, "above", margin=0.1)
    yield _as_in_the_study("the same, against the study's 42.6%", chosen, "untrained accuracy there")


def _sizes(evidence: Evidence) -> Iterator[Finding]:
    own = evidence.where("ticket")
    for threshold, theirs in ((0.0, "64.6% ± 0.4"), (0.2, "4.1% ± 0.6")):
        text = f"density at threshold {threshold:g}, against the study's {theirs}"
        yield _as_in_the_study(text, own.series(_density_at(threshold)), f"density at threshold {threshold:g}")
    best = own.series(_figure("chosen", "threshold"))
    yield _as_in_the_study("best threshold, against the study's 0.049", best, "chosen threshold", is_percent=False)
    sizes = own.series(_figure("chosen", "density"))
    yield _as_in_the_study("density there, against the study's 38.7% ± 17.9", sizes, "density")


def _early_stop(evidence: Evidence) -> Iterator[Finding]:
    own = evidence.where("ticket")
    stops = own.series(_figure("early_stop", "step"))
    text = "iteration of the lowest held-out loss, against the study's 5000"
    yield compare(text, stops, 5000.0, "equal", margin=NEAR, is_percent=False)
    near = [abs(step - 5000) <= NEAR for step in stops.values()]
    yield fact(f"it is within {NEAR:,.0f} of 5000 for {sum(near)} of {len(near)} seeds", all(near), len(near))
    accuracy = own.series(_figure("baseline", "test_accuracy"))
    text = "accuracy of the second training, which ends there, against the study's 97.7%"
    yield _as_in_the_study(text, accuracy, "accuracy of the second training", margin=CLOSE)


def _over_smaller_layers(evidence: Evidence) -> Iterator[Finding]:
    ticket = evidence.where("ticket").series("test_loss")
    dense = evidence.where("dense")
    for hidden in SIZES:
        other = dense.where(**{"model_arguments.hidden": hidden}).series("test_loss")
        yield compare(f"final loss, ticket below {hidden}", ticket, other, "below", is_percent=False)
    text = "final loss of the ticket, against the study's 0.091 ± 0.007"
    yield _as_in_the_study(text, ticket, "loss", is_percent=False)
    whole = dense.where(**{"model_arguments.hidden": WHOLE}).series("test_loss")
    text = "final loss of the dense network, against the study's 0.109 ± 0.019"
    yield _as_in_the_study(text, whole, "loss", hidden=WHOLE, is_percent=False)


def _as_published(evidence: Evidence, value: Value | str = "metric") -> Iterator[Finding]:
    """Holds networks against all of the paper's figures but those known from memory; what was not run stays open.

    Short trainings may reach a figure, and not miss it.
    """
    for theirs in PUBLISHED:
        if theirs.study in evidence.presets and theirs.certainty != "memory":
            own = evidence.of(theirs.study).where(theirs.arm, **theirs.point)
            what = theirs.point.get("mask_1_action") or f"{theirs.point['weights']}, {theirs.arm}"
            text = f"{theirs.point.get('model', theirs.study)}, {what}: not below the paper's {theirs.value:.1%}"
            expected = "not below" if own.is_full_length else "reaches"
            yield compare(text, own.series(value), theirs.value, expected, margin=0.01)


def _same_sign(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for action in ("rewind", CONSTANT):
            same, large = (own.where(mask_1_action=action, criterion=one).series() for one in (SAME_SIGN, LARGE))
            yield compare(f"{name}, untrained accuracy, {action}: {SAME_SIGN} over {LARGE}", same, large, "above")
    yield from _as_published(evidence)


def _learned(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for weights in own.values("weights"):
            plain, rescaled = (own.where(arm, weights=weights).series(drawn) for arm in LEARNED_ARMS)
            yield compare(f"{name}, {weights}, mean over draws: rescaled over plain", rescaled, plain, "above")
    yield from _as_published(evidence, drawn)


def _signs(evidence: Evidence) -> Iterator[Finding]:
    kept = evidence.where("mask-1")

    def of(action: str) -> Values:
        return kept.where(mask_1_action=action).series()

    for action in ("reinit", "reshuffle", "constant"):
        signed, other = of(f"signed-{action}"), of(action)
        yield compare(f"trained ticket, {action}: with its signs over without", signed, other, "above")
        text = f"trained ticket, {action} with its signs, as good as rewound"
        yield compare(text, signed, of("rewind"), "equal", margin=CLOSE)
    zero, freeze = (evidence.where("mask-0", mask_0_action=name).series() for name in ("zero", "freeze"))
    yield compare("removed weights frozen at their initial values, below zeros", freeze, zero, "below")
    small = evidence.where("small-final").series()
    yield compare("small final weights kept, below large final", small, of("rewind"), "below")


CLAIMS = (
    Claim(
        "S1",
        "Untrained networks masked by sign(w_i)·w_f are far above chance: 42.6% ± 15.2 at the best threshold.",
        STUDY,
        "Accuracy at the chosen threshold is over 10 points above chance, and its mean within the study's deviation.",
        (THRESHOLDS,),
        _untrained_above_chance,
    ),
    Claim(
        "S2",
        "Sizes: 64.6 ± 0.4% of the weights at threshold 0, 4.1 ± 0.6% at 0.2, 38.7 ± 17.9% at the best, 0.049 ± 0.049.",
        STUDY,
        "Means are within the study's deviations of the study's.",
        (THRESHOLDS,),
        _sizes,
    ),
    Claim(
        "S3",
        "The lowest held-out loss comes near iteration 5000 in every seed, at 97.7% ± 0.1.",
        STUDY,
        "The iteration is within 1000 of 5000, in the mean and for every seed; accuracy of a training that ends there "
        "is within 0.3 points.",
        (THRESHOLDS,),
        _early_stop,
    ),
    Claim(
        "S4",
        "The ticket trains to a loss of 0.091 ± 0.007, the dense network to 0.109 ± 0.019; the ticket's is below that "
        "of every smaller layer size.",
        f"{STUDY}, table 1",
        "After 5000 iterations the ticket's loss is below that of each of ten layer sizes, over ten seeds; its mean "
        "and the dense network's are within the study's deviations.",
        (THRESHOLDS,),
        _over_smaller_layers,
    ),
    Claim(
        "S5",
        "sign(w_i)·w_f beats |w_f| as criterion for untrained accuracy; with signed constants 86% on MNIST, 41% on "
        "CIFAR-10.",
        ZHOU,
        "Large final of the same sign is above large final, with both actions; with signed constants at most 1 point "
        "below the paper's figure, which trainings that are shorter than there may reach, and not miss.",
        ("criteria-lenet", "criteria"),
        _same_sign,
    ),
    Claim(
        "S6",
        "Learned supermasks reach 95.3 to 96.4% on MNIST and 65.4% on CIFAR-10, with rescaling 98.0 and 76.5%.",
        ZHOU,
        "The mean over draws is at most 1 point below the paper's figures but for those known from memory alone, which "
        "trainings that are shorter than there may reach, and not miss; rescaled is above plain.",
        ("learned-lenet", "learned"),
        _learned,
    ),
    Claim(
        "S7",
        "What counts in a kept weight is its sign; keeping small final weights, or freezing removed ones, hurts.",
        ZHOU,
        "Trained tickets with kept signs are above those without, and within 0.3 points of rewound ones; freezing and "
        "small-final are below.",
        ("actions-lenet",),
        _signs,
    ),
)
