"""The claims of What's Hidden in a Randomly Weighted Neural Network?, but those on theory."""

import itertools
from collections.abc import Iterator

from tombola.claims.claim import Claim
from tombola.claims.evidence import Evidence, Value, best, compared, drawn, held_out, held_out_draws
from tombola.claims.finding import CLOSE, Finding, at_chance, compare, fact

SOURCE = "Ramanujan et al. 2020"
GAUSSIAN, SIGNED = "kaiming-normal", "signed-kaiming-constant"
HUMP = (0.3, 0.7)
EQUAL = 0.002
WIDTH = "model_arguments.width"
DENSE = ("dense", "dense-adam")
DEPTHS = ("conv2", "conv4", "conv6", "conv8")
POPUP = "edge-popup"
FULL_SCALE = ("paper",)  # a claim on ImageNet is not decided by a small network on small images


def _at_best(evidence: Evidence, axis: str = "density", by: Value = held_out) -> tuple[float | None, Evidence]:
    """The value of an axis that is best by what choices are made on, and its records."""
    at = {value: evidence.where(**{axis: value}) for value in evidence.values(axis)}
    chosen = best(at, by)
    return (None, evidence) if chosen is None else (chosen, at[chosen])


def _dense(evidence: Evidence) -> Evidence:
    """The dense networks of the arm that is best by what choices are made on: with SGD or, where there is one, Adam."""
    arms = {arm: evidence.where(arm) for arm in DENSE}
    return arms[best(arms) or DENSE[0]]


def _far_above_chance(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        density, chosen = _at_best(own.where(POPUP, weights=SIGNED))
        dense, chance = _dense(own).series(), own.chance
        half = {} if chance is None else {seed: (chance + value) / 2 for seed, value in dense.items()}
        of = "" if density is None else f" of density {density:g}"
        text = f"{name}: untrained subnetwork{of} over half way from chance to the dense network"
        yield compare(text, chosen.series(), half, "above")


def _hump(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for weights in own.where(POPUP).values("weights"):
            yield from _hump_of(f"{name}, {weights}", own.where(POPUP, weights=weights))


def _hump_of(place: str, popup: Evidence) -> Iterator[Finding]:
    low, high = HUMP
    densities = popup.numbers("density")
    inside = [density for density in densities if low <= density <= high]
    if not inside or min(densities) >= low or max(densities) <= high:
        yield compare(f"{place}: densities within {low} to {high} over those outside", {}, {}, "above")
        return
    at = {density: popup.where(density=density) for density in densities}
    middle = best({density: at[density] for density in inside}) or inside[0]
    outer = best({density: at[density] for density in densities if density not in inside}) or densities[0]
    top = at[middle]
    for end in (min(densities), max(densities)):
        yield compare(f"{place}: density {middle:g} over {end:g}", top.series(), at[end].series(), "above")
    text = f"{place}: density {outer:g}, the best outside, not over density {middle:g}"
    yield compare(text, at[outer].series(), top.series(), "not above", margin=EQUAL)
    whole = top.series(lambda record: compared(record, "untrained dense"))
    yield at_chance(f"{place}: the whole untrained network is at chance", whole, top.chance)


def _gap(own: Evidence, weights: str) -> dict[int, float]:
    """How far the trained dense network is ahead of the best untrained subnetwork, a seed at a time."""
    dense, popup = _dense(own).series(), _at_best(own.where(POPUP, weights=weights))[1].series()
    return {seed: dense[seed] - popup[seed] for seed in dense.keys() & popup.keys()}


def _deeper(evidence: Evidence) -> Iterator[Finding]:
    present = [model for model in DEPTHS if evidence.where(model=model)] or list(DEPTHS)
    first, last = present[0], present[-1]
    for weights in evidence.where(POPUP).values("weights"):
        shallow, deep = ({} if first == last else _gap(evidence.where(model=model), weights) for model in (first, last))
        yield compare(f"{weights}: gap to the dense network, {first} over {last}", shallow, deep, "above")


def _wider(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        widths = own.numbers(WIDTH) or (1.0,)
        least, most = (own.where(**{WIDTH: width}) for width in (widths[0], widths[-1]))
        for weights in own.where(POPUP).values("weights"):
            narrow, wide = (_gap(at, weights) if len(widths) > 1 else {} for at in (least, most))
            text = f"{name}, {weights}: gap to the dense network, width {widths[0]:g} over {widths[-1]:g}"
            yield compare(text, narrow, wide, "above")
            popup = _at_best(most.where(POPUP, weights=weights))[1]
            text = f"{name}, {weights}: as good as the dense network at width {widths[-1]:g}"
            yield compare(text, popup.series(), _dense(most).series(), "reaches", margin=CLOSE)


def _fixed_count(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for arm in dict.fromkeys(record.arm for record in own.records):
            for weights in own.where(arm).values("weights"):
                yield _wider_at_a_count(f"{name}, {weights}, {arm}", own.where(arm, weights=weights))


def _wider_at_a_count(place: str, kept: Evidence) -> Finding:
    widths = [width for width in kept.numbers(WIDTH) if width >= 1] or [1.0]
    narrow, wide = (kept.where(**{WIDTH: width}).series() for width in (widths[0], widths[-1]))
    text = f"{place}: width {widths[-1]:g} over {widths[0]:g}"
    return compare(text, wide if len(widths) > 1 else {}, narrow, "above" if kept.is_full_length else "reaches")


def _over_bernoulli(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for weights in own.where("bernoulli").values("weights"):
            _, popup = _at_best(own.where(POPUP, weights=weights))
            text = f"{name}, {weights}: edge-popup over learned Bernoulli, mean over draws"
            yield compare(text, popup.series(), _learned(own, weights), "above")


def _learned(evidence: Evidence, weights: str) -> dict[int, float]:
    """Learned supermasks of some weights, means over draws, with the learning rate that is best by held-out ones."""
    return _at_best(evidence.where("bernoulli", weights=weights), "lr", held_out_draws)[1].series(drawn)


def _bernoulli_gains(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        for kaiming, xavier in ((GAUSSIAN, "xavier-normal"), (SIGNED, "signed-xavier-constant")):
            text = f"{name}: learned Bernoulli, {kaiming} over {xavier}"
            yield compare(text, _learned(own, kaiming), _learned(own, xavier), "above")


def _distributions(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        popup = own.where(POPUP)

        def at_best(weights: str, popup: Evidence = popup) -> dict[int, float]:
            return _at_best(popup.where(weights=weights, scaled=False))[1].series()

        text = f"{name}: {SIGNED} not below {GAUSSIAN}"
        yield compare(text, at_best(SIGNED), at_best(GAUSSIAN), "not below", margin=CLOSE)
        for weights, other in itertools.product((SIGNED, GAUSSIAN), ("xavier-normal", "kaiming-uniform")):
            yield compare(f"{name}: {weights} over {other}", at_best(weights), at_best(other), "above")
    for name, own in evidence.of("distributions").networks():
        yield from _scale_of_no_effect(name, own.where(POPUP))


def _scale_of_no_effect(name: str, popup: Evidence) -> Iterator[Finding]:
    for weights in (GAUSSIAN, SIGNED):
        for density in popup.where(weights=weights).numbers("density"):
            own = popup.where(weights=weights, density=density)
            scaled, plain = (own.where(scaled=value).series() for value in (True, False))
            text = f"{name}, {weights}, density {density:g}: scaled makes no difference"
            yield compare(text, scaled, plain, "equal", margin=0.01)


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
    yield compare(text, subnetwork, trained, "not below", margin=CLOSE)


def _weights_stay(evidence: Evidence) -> Iterator[Finding]:
    for name, own in evidence.networks():
        found = [record for record in own.where(POPUP).records if record.result]
        equal = [record.result.audit.equal for record in found if record.result and record.result.audit]
        text = f"{name}: weights bit-equal before and after, in {sum(equal)} of {len(equal)} runs"
        yield fact(text, all(equal), len({record.seed for record in found}) if equal else 0)
        if len(equal) < len(found):
            yield compare(f"{name}: weights of {len(found) - len(equal)} runs, not looked at", {}, {}, "equal")


CLAIMS = (
    Claim(
        "W1",
        "A random network contains an untrained subnetwork whose accuracy is far above chance.",
        SOURCE,
        "With signed Kaiming constants, test accuracy of the best density is above the middle between chance and the "
        "trained dense network.",
        ("density-lenet", "density"),
        _far_above_chance,
    ),
    Claim(
        "W2",
        "Accuracy over density is a hump: best in [0.3, 0.7], worse towards 0 and 1, at chance at 1.",
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
        "The gap between the better of the dense networks and the best density is larger for the shallowest network "
        "than for the deepest, for each distribution.",
        ("density",),
        _deeper,
    ),
    Claim(
        "W4",
        "Wider networks close the gap to the trained dense network; wide enough, it is gone.",
        f"{SOURCE}, figure 4",
        "The gap is larger at the smallest width than at the largest, where the subnetwork is at most 0.3 points below "
        "the dense network; if it is not, a greater width may be enough.",
        ("width-lenet", "width"),
        _wider,
    ),
    Claim(
        "W5",
        "With as many weights kept, a subnetwork of a wider network is better.",
        f"{SOURCE}, figure 5",
        "With as many weights kept as 30, 50 or 70% of the network of width 1, the widest network is above that; "
        "trainings that are shorter than the paper's may show it, and not refute it: small densities catch up.",
        ("fixed-count-lenet", "fixed-count"),
        _fixed_count,
    ),
    Claim(
        "W6",
        "Edge-popup beats learned Bernoulli supermasks, for normal and signed, Xavier and Kaiming weights.",
        f"{SOURCE}, figure 6",
        "Its best density is above the learned supermask with its best learning rate, by the mean over draws, for each "
        "distribution.",
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
        "At the best density signed is at most 0.3 points below normal, and each above the other two; on CIFAR-10 "
        "scaled is within 1 point of unscaled at each density.",
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
        FULL_SCALE,
    ),
    Claim(
        "W10",
        "A subnetwork of density 0.3 of a random Wide ResNet-50 matches a trained ResNet-34 on ImageNet.",
        f"{SOURCE}, table 2",
        "It is at most 0.3 points below, with signed Kaiming constants.",
        ("imagenet",),
        _as_a_trained_one,
        FULL_SCALE,
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
