"""Published numbers, as data: shown beside ours, never used to tune or to decide what to run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tombola.records.study_record import values_of

Certainty = Literal["author", "third party", "figure", "re-run", "memory"]


@dataclass(frozen=True)
class Published:
    """One number somebody published.

    Args:
        study: of ours that measures the same.
        arm: of the study.
        point: values of its axes.
        value: the number; accuracies as fractions.
        source: who published it.
        certainty: `author`, read in the authors' text or repository; `third party`, somebody says so who read
            it there; `figure`, read off a figure; `re-run`, somebody's repetition; `memory`, unconfirmed.
        quantity: what the number is of: a metric, `loss`, `density`, or another name that a figure asks for.
        deviation: over the source's replicates, where it says.
    """

    study: str
    arm: str
    point: Mapping[str, Any]
    value: float
    source: str
    certainty: Certainty
    quantity: str = "accuracy"
    deviation: float | None = None


_WEIGHTS = {"N": "kaiming-normal", "U": "signed-kaiming-constant"}
_RERUN = "a re-run of Ramanujan et al. 2020, figure 3"
# CIFAR-10 test accuracy over density, percent; the paper prints no numbers.
_FIGURE_3 = {
    ("conv2", "N"): {0.1: 66.19, 0.3: 74.93, 0.5: 75.61, 0.7: 71.54},
    ("conv2", "U"): {0.1: 62.13, 0.3: 76.19, 0.5: 78.17, 0.7: 74.59},
    ("conv4", "N"): {0.1: 73.78, 0.3: 83.30, 0.5: 83.60, 0.7: 78.98},
    ("conv4", "U"): {0.1: 72.45, 0.3: 84.44, 0.5: 86.07, 0.7: 83.20},
    ("conv6", "N"): {0.1: 78.27, 0.3: 86.05, 0.5: 86.78, 0.7: 83.41},
    ("conv6", "U"): {0.1: 73.99, 0.3: 86.51, 0.5: 88.17, 0.7: 86.57},
    ("conv8", "N"): {0.1: 67.01, 0.3: 87.11, 0.5: 87.96, 0.7: 84.63},
    ("conv8", "U"): {0.3: 87.87, 0.5: 89.20, 0.7: 87.57},
}
_DENSE = {
    "dense": {"conv2": 78.13, "conv4": 86.21, "conv6": 88.43, "conv8": 89.05},
    "dense-adam": {"conv2": 79.16, "conv4": 86.66, "conv6": 87.82, "conv8": 88.81},
}

_TABLE_2 = "Ramanujan et al. 2020, table 2"
# ImageNet, density 0.3: millions of weights kept, and top-1 accuracy in percent.
_IMAGENET = {
    ("resnet-50", "N"): (7.7, 61.7),
    ("resnet-101", "N"): (13.3, 66.15),
    ("wide-resnet-50", "N"): (20.6, 67.9),
    ("resnet-50", "U"): (7.7, 68.6),
    ("resnet-101", "U"): (13.3, 72.3),
    ("wide-resnet-50", "U"): (20.6, 73.3),
}
_IMAGENET_DENSE = {"resnet-34": (21.8, 73.3), "resnet-50": (25.0, 76.1), "wide-resnet-50": (69.0, 78.1)}

_STUDY = "Rolfs, independent study, table 1"
# Of the ticket and of each layer size, over ten seeds: relative size, held-out loss after 5000 iterations, its
# minimum, and the iteration of that; mean and deviation.
_COLUMNS = ("density", "loss", "minimum_loss", "minimum_step")
_TABLE_1: dict[tuple[int, int] | None, tuple[tuple[float, float | None], ...]] = {
    None: ((0.387, 0.179), (0.091, 0.007), (0.078, 0.004), (4340.0, 222.1)),
    (200, 30): ((1.0, None), (0.109, 0.019), (0.078, 0.001), (4360.0, 171.3)),
    (100, 15): ((0.491, None), (0.112, 0.015), (0.095, 0.005), (4600.0, 326.6)),
    (100, 25): ((0.498, None), (0.104, 0.008), (0.090, 0.003), (4540.0, 340.6)),
    (150, 15): ((0.736, None), (0.106, 0.021), (0.085, 0.003), (4660.0, 275.7)),
    (150, 25): ((0.746, None), (0.100, 0.012), (0.082, 0.003), (4330.0, 249.7)),
    (50, 15): ((0.246, None), (0.130, 0.010), (0.119, 0.006), (4700.0, 326.6)),
    (50, 25): ((0.250, None), (0.124, 0.012), (0.113, 0.004), (4870.0, 94.9)),
    (150, 5): ((0.726, None), (0.138, 0.017), (0.122, 0.010), (4640.0, 231.9)),
    (100, 5): ((0.484, None), (0.161, 0.019), (0.146, 0.014), (4870.0, 94.9)),
    (50, 5): ((0.242, None), (0.181, 0.023), (0.170, 0.020), (4770.0, 258.4)),
}
_TEXT = "Rolfs, independent study, sections 3.3 and 3.4"
# What its text says of the masks, over ten seeds.
_MASKS = {
    "density at threshold 0": (0.646, 0.004),
    "density at threshold 0.2": (0.041, 0.006),
    "chosen threshold": (0.049, 0.049),
    "untrained accuracy there": (0.426, 0.152),
    "accuracy of the second training": (0.977, 0.001),
}

# Test accuracy in percent of untrained networks, the best of Zhou et al.: large final of the same sign with initial
# weights and with signed constants; learned masks of either, plain and rescaled.
_INITIAL, _CONSTANT = "glorot-normal", "signed-glorot-constant"
_SUPERMASKS: dict[str, tuple[tuple[float, Certainty], ...]] = {
    "lenet-300-100": (
        (79.3, "memory"),
        (86.3, "third party"),
        (95.3, "third party"),
        (96.4, "memory"),
        (97.8, "memory"),
        (98.0, "memory"),
    ),
    "conv2": (
        (22.3, "memory"),
        (37.4, "memory"),
        (64.4, "memory"),
        (66.3, "memory"),
        (65.0, "memory"),
        (66.0, "third party"),
    ),
    "conv4": (
        (23.7, "memory"),
        (39.7, "memory"),
        (65.4, "third party"),
        (66.2, "memory"),
        (71.7, "memory"),
        (72.5, "third party"),
    ),
    "conv6": (
        (24.0, "memory"),
        (41.0, "third party"),
        (65.3, "memory"),
        (65.4, "memory"),
        (76.3, "memory"),
        (76.5, "third party"),
    ),
}


def _places(model: str) -> tuple[tuple[str, str, dict[str, Any]], ...]:
    """Study, arm and point of each column of `_SUPERMASKS`."""
    lenet = model == "lenet-300-100"
    own, suffix = ({}, "-lenet") if lenet else ({"model": model}, "")
    same = own | {"criterion": "large-final-same-sign"}
    return (
        *((f"criteria{suffix}", "runs", same | {"mask_1_action": action}) for action in ("rewind", "signed-constant")),
        *(
            (f"learned{suffix}", arm, own | {"weights": weights})
            for arm in ("plain", "rescaled")
            for weights in (_INITIAL, _CONSTANT)
        ),
    )


PUBLISHED: tuple[Published, ...] = (
    *(
        Published(
            "density",
            "edge-popup",
            {"model": model, "weights": _WEIGHTS[weights], "density": density},
            percent / 100,
            _RERUN,
            "re-run",
        )
        for (model, weights), row in _FIGURE_3.items()
        for density, percent in row.items()
    ),
    *(
        Published("density", arm, {"model": model}, percent / 100, _RERUN, "re-run")
        for arm, row in _DENSE.items()
        for model, percent in row.items()
    ),
    *(
        Published(
            "imagenet",
            "edge-popup",
            {"model": model, "weights": _WEIGHTS[weights]},
            value,
            _TABLE_2,
            "author",
            quantity,
        )
        for (model, weights), (millions, percent) in _IMAGENET.items()
        for quantity, value in (("millions", millions), ("accuracy", percent / 100))
    ),
    *(
        Published("imagenet", "dense", {"model": model}, value, _TABLE_2, "memory", quantity)
        for model, (millions, percent) in _IMAGENET_DENSE.items()
        for quantity, value in (("millions", millions), ("accuracy", percent / 100))
    ),
    *(
        Published(
            "independent-study",
            "dense" if hidden else "ticket",
            {"model_arguments.hidden": hidden} if hidden else {},
            value,
            _STUDY,
            "author",
            quantity,
            deviation,
        )
        for hidden, row in _TABLE_1.items()
        for quantity, (value, deviation) in zip(_COLUMNS, row, strict=True)
    ),
    *(
        Published("independent-study", "ticket", {}, value, _TEXT, "author", quantity, deviation)
        for quantity, (value, deviation) in _MASKS.items()
    ),
    *(
        Published(study, arm, point, percent / 100, "Zhou et al. 2019", certainty)
        for model, row in _SUPERMASKS.items()
        for (study, arm, point), (percent, certainty) in zip(_places(model), row, strict=True)
    ),
)


def published(study: str, arm: str, point: Mapping[str, Any], quantity: str = "accuracy") -> Published | None:
    """What was published for a point of a study.

    >>> found = published("density", "edge-popup", {"model": "conv4", "weights": "kaiming-normal", "density": 0.5})
    >>> found.value, found.certainty
    (0.836, 're-run')
    """
    values = values_of(point)
    for each in PUBLISHED:
        if (each.study, each.arm, each.quantity) == (study, arm, quantity) and values.items() >= dict(
            each.point
        ).items():
            return each
    return None


def published_along(
    study: str, arm: str, point: Mapping[str, Any], axis: str, quantity: str = "accuracy"
) -> dict[Any, Published]:
    """What was published over one axis of a study, for a point of its others: by the value of the axis.

    >>> point = {"model": "conv4", "weights": "kaiming-normal", "density": 0.9}
    >>> list(published_along("density", "edge-popup", point, "density"))
    [0.1, 0.3, 0.5, 0.7]
    """
    values = {name: value for name, value in values_of(point).items() if name != axis}
    found: dict[Any, Published] = {}
    for each in PUBLISHED:
        theirs = dict(each.point)
        at = theirs.pop(axis, None)
        if (each.study, each.arm, each.quantity) == (study, arm, quantity) and values.items() >= theirs.items():
            found |= {} if at is None else {at: each}
    return found
