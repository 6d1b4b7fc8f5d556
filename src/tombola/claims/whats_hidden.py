"""The claims of What's Hidden in a Randomly Weighted Neural Network?, but those on theory."""

from collections.abc import Iterator

from tombola.claims.claim import Claim
from tombola.claims.evidence import Evidence, compared, held_out, mean
from tombola.claims.finding import Finding, compare, fact
from tombola.records import StudyRecord

SOURCE = "Ramanujan et al. 2020"
GAUSSIAN, SIGNED = "kaiming-normal", "signed-kaiming-constant"
HUMP = (0.3, 0.7)
NEAR_CHANCE = 0.05
EQUAL = 0.002
DEPTHS = ("conv2", "conv4", "conv6", "conv8")
POPUP = "edge-popup"


def _best(evidence: Evidence, axis: str = "density") -> tuple[float | None, Evidence]:
    """The value of an axis that is best by what choices are made on, and its records."""
    values = evidence.values(axis)
    if not values:
        return None, evidence
    best = max(values, key=lambda value: mean(evidence.where(**{axis: value}).series(held_out)))
    return best, evidence.where(**{axis: best})


def _far_above_chance(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        popup = own.where(POPUP, weights=SIGNED)
        density, best = _best(popup)
        dense = own.where("dense") or own.where("dense-sgd")
        chances = [record.result.chance for record in best.records if record.result and record.result.chance]
        if density is None or not (best and dense and chances):
            continue
        half = {seed: (chances[0] + value) / 2 for seed, value in dense.series().items()}
        text = f"{name}: untrained subnetwork of density {density:g} over half way from chance to the dense network"
        yield compare(text, best.series(), half, "above")


def _hump(evidence: Evidence) -> Iterator[Finding]:
    low, high = HUMP
    for name, own in evidence.networks():
        for weights in own.where(POPUP).values("weights"):
            popup = own.where(POPUP, weights=weights)
            densities = popup.values("density")
            inside = [density for density in densities if low <= density <= high]
            if not inside or min(densities) >= low or max(densities) <= high:
                continue
            best = max(inside, key=lambda density: mean(popup.where(density=density).series(held_out)))
            top = popup.where(density=best)
            for end in (min(densities), max(densities)):
                text = f"{name}, {weights}: density {best:g} over density {end:g}"
                yield compare(text, top.series(), popup.where(density=end).series(), "above")
            outside = [density for density in densities if not low <= density <= high]
            other = max(outside, key=lambda density: mean(popup.where(density=density).series(held_out)))
            text = f"{name}, {weights}: density {other:g}, the best outside, not over density {best:g}"
            yield compare(text, popup.where(density=other).series(), top.series(), "not above", margin=EQUAL)
            whole = top.series(lambda record: compared(record, "untrained dense"))
            chance = next((record.result.chance for record in top.records if record.result), None)
            if whole and chance is not None:
                text = f"{name}, {weights}: the whole untrained network is at chance"
                yield compare(text, whole, chance, "equal", margin=NEAR_CHANCE)


def _gap(own: Evidence) -> dict[int, float]:
    """How far the trained dense network is ahead of the best untrained subnetwork, a seed at a time."""
    dense = (own.where("dense") or own.where("dense-sgd")).series()
    _, best = _best(own.where(POPUP, weights=SIGNED) or own.where(POPUP))
    popup = best.series()
    return {seed: dense[seed] - popup[seed] for seed in dense.keys() & popup.keys()}


def _deeper(evidence: Evidence) -> Iterator[Finding]:
    present = [model for model in DEPTHS if evidence.where(model=model)]
    if len(present) >= 2:
        first, last = present[0], present[-1]
        shallow, deep = (_gap(evidence.where(model=model)) for model in (first, last))
        yield compare(f"gap to the dense network: {first} over {last}", shallow, deep, "above")


def _wider(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        widths = own.values("model_arguments.width")
        if len(widths) >= 2:
            narrow, wide = (_gap(own.where(**{"model_arguments.width": width})) for width in (widths[0], widths[-1]))
            text = f"{name}: gap to the dense network, width {widths[0]:g} over {widths[-1]:g}"
            yield compare(text, narrow, wide, "above")
            yield compare(f"{name}: no gap is left at width {widths[-1]:g}", wide, 0.0, "not above", margin=0.01)


def _fixed_count(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        widths = own.where(POPUP).values("model_arguments.width")
        if len(widths) >= 2:
            narrow, wide = (own.where(POPUP, **{"model_arguments.width": width}) for width in (widths[0], widths[-1]))
            text = f"{name}: as many weights kept of width {widths[-1]:g} over all of width {widths[0]:g}"
            yield compare(text, wide.series(), narrow.series(), "above")


def _over_bernoulli(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for weights in own.where("bernoulli").values("weights"):
            _, popup = _best(own.where(POPUP, weights=weights))
            _, learned = _best(own.where("bernoulli", weights=weights), "lr")
            text = f"{name}, {weights}: edge-popup over learned Bernoulli, mean over draws"
            yield compare(text, popup.series(), learned.series(_drawn), "above")


def _drawn(record: StudyRecord) -> float | None:
    return None if record.result is None else record.result.over_draws


def _bernoulli_gains(evidence: Evidence) -> Iterator[Finding]:
    pairs = ((GAUSSIAN, "xavier-normal"), (SIGNED, "signed-xavier-constant"))
    for name, own in evidence.networks():
        for kaiming, xavier in pairs:
            sides = [_best(own.where("bernoulli", weights=weights), "lr")[1] for weights in (kaiming, xavier)]
            if all(sides):
                first, second = (side.series(_drawn) for side in sides)
                yield compare(f"{name}: learned Bernoulli, {kaiming} over {xavier}", first, second, "above")


def _distributions(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        popup = own.where(POPUP)
        best = {weights: _best(popup.where(weights=weights, scaled=False))[1] for weights in popup.values("weights")}
        signed, gaussian = best.get(SIGNED), best.get(GAUSSIAN)
        if signed and gaussian:
            yield compare(
                f"{name}: {SIGNED} not below {GAUSSIAN}", signed.series(), gaussian.series(), "not below", margin=0.005
            )
            for other in ("xavier-normal", "kaiming-uniform"):
                if other in best:
                    yield compare(f"{name}: {GAUSSIAN} over {other}", gaussian.series(), best[other].series(), "above")
        for weights in (GAUSSIAN, SIGNED):
            scaled = _best(popup.where(weights=weights, scaled=True))[1]
            if scaled and best.get(weights):
                text = f"{name}, {weights}: scaled makes no difference"
                yield compare(text, scaled.series(), best[weights].series(), "equal", margin=0.01)


def _on_imagenet(evidence: Evidence) -> Iterator[Finding]:
    popup = evidence.where(POPUP)
    for weights in popup.values("weights"):
        own = popup.where(weights=weights, density=0.3)
        scaled, plain = (own.where(scaled=value).series() for value in (True, False))
        yield compare(f"{weights}, density 0.3: scaled over unscaled", scaled, plain, "above")
        signed = popup.where(weights=weights, scaled=True)
        for density in signed.values("density"):
            if density != 0.3:
                other = signed.where(density=density).series()
                yield compare(f"{weights}, scaled: density 0.3 over {density:g}", scaled, other, "above")


def _as_a_trained_one(evidence: Evidence) -> Iterator[Finding]:
    subnetwork = evidence.where(POPUP, model="wide-resnet-50", weights=SIGNED).series()
    trained = evidence.where("dense", model="resnet-34").series()
    text = "30% of a random Wide ResNet-50, not below a trained ResNet-34"
    yield compare(text, subnetwork, trained, "not below", margin=0.005)


def _weights_stay(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        runs = [record.result for record in own.where(POPUP).records if record.result]
        if runs:
            equal = [result.audit is not None and result.audit.equal for result in runs]
            yield fact(
                f"{name}: weights bit-equal before and after, in {sum(equal)} of {len(equal)} runs",
                all(equal),
                len(equal),
            )


CLAIMS = (
    Claim(
        "W1",
        "A random network contains an untrained subnetwork whose accuracy is far above chance.",
        SOURCE,
        "Test accuracy of the best density is above the middle between chance and the trained dense network.",
        ("density-lenet", "density"),
        _far_above_chance,
    ),
    Claim(
        "W2",
        "Accuracy over density is a hump: best in [0.3, 0.7], poor near 0, at chance near 1.",
        f"{SOURCE}, figure 3",
        "The best density within [0.3, 0.7] is above the smallest and the largest density, and none outside is better "
        "by 0.2 points; the whole network is within 5 points of chance.",
        ("density-lenet", "density"),
        _hump,
    ),
    Claim(
        "W3",
        "Deeper networks close the gap to the trained dense network.",
        f"{SOURCE}, figure 3",
        "The gap between the dense network and the best density is larger for the shallowest network than the deepest.",
        ("density",),
        _deeper,
    ),
    Claim(
        "W4",
        "Wider networks close the gap to the trained dense network; wide enough, it is gone.",
        f"{SOURCE}, figure 4",
        "The gap is larger at the smallest width than at the largest, where it is at most 1 point.",
        ("width-lenet", "width"),
        _wider,
    ),
    Claim(
        "W5",
        "With as many weights kept, a subnetwork of a wider network is better.",
        f"{SOURCE}, figure 5",
        "The widest network is above the narrowest, both keeping as many weights.",
        ("fixed-count-lenet", "fixed-count"),
        _fixed_count,
    ),
    Claim(
        "W6",
        "Edge-popup beats learned Bernoulli supermasks, for normal and signed, Xavier and Kaiming weights.",
        f"{SOURCE}, figure 6",
        "Its best density is above the mean over draws of the best learning rate's supermask, for each distribution.",
        ("bernoulli-lenet", "bernoulli"),
        _over_bernoulli,
    ),
    Claim(
        "W7",
        "Learned Bernoulli supermasks gain from Kaiming over Xavier weights.",
        f"{SOURCE}, figure 6",
        "The mean over draws with Kaiming weights is above that with Xavier weights, normal and signed.",
        ("bernoulli-lenet", "bernoulli"),
        _bernoulli_gains,
    ),
    Claim(
        "W8",
        "The distribution matters: signed Kaiming constants at least as good as Kaiming normal, both above Xavier "
        "normal and Kaiming uniform; scaling by density makes no difference on CIFAR-10.",
        f"{SOURCE}, figure 7",
        "Signed at most half a point below normal; normal above the other two; scaled within 1 point of unscaled.",
        ("distributions-lenet", "distributions"),
        _distributions,
    ),
    Claim(
        "W9",
        "On ImageNet, scaling the weights by density matters, and density 0.3 is best.",
        f"{SOURCE}, figures 9 and 10",
        "At density 0.3 scaled is above unscaled; with scaled weights density 0.3 is above every other.",
        ("imagenet-density",),
        _on_imagenet,
    ),
    Claim(
        "W10",
        "A subnetwork of density 0.3 of a random Wide ResNet-50 matches a trained ResNet-34 on ImageNet.",
        f"{SOURCE}, table 2",
        "It is at most half a point below, with signed Kaiming constants.",
        ("imagenet",),
        _as_a_trained_one,
    ),
    Claim(
        "W13",
        "No weight changes its value.",
        f"{SOURCE}, section 1",
        "The weights before and after every search have one digest, bit for bit.",
        ("density-lenet", "density"),
        _weights_stay,
    ),
)
