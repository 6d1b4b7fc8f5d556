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
    """

    study: str
    arm: str
    point: Mapping[str, Any]
    value: float
    source: str
    certainty: Certainty
    quantity: str = "accuracy"


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

_STUDY = "Rolfs, independent study, table 1"
# Final loss on the held-out set after 5000 iterations.
_TABLE_1 = {
    (200, 30): 0.109,
    (100, 15): 0.112,
    (100, 25): 0.104,
    (150, 15): 0.106,
    (150, 25): 0.100,
    (50, 15): 0.130,
    (50, 25): 0.124,
    (150, 5): 0.138,
    (100, 5): 0.161,
    (50, 5): 0.181,
}

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
        Published("independent-study", "dense", {"model_arguments.hidden": hidden}, loss, _STUDY, "author", "loss")
        for hidden, loss in _TABLE_1.items()
    ),
    Published("independent-study", "ticket", {}, 0.091, _STUDY, "author", "loss"),
    Published(
        "criteria-lenet",
        "runs",
        {"criterion": "large-final-same-sign", "mask_1_action": "signed-constant"},
        0.863,
        "Zhou et al. 2019",
        "author",
    ),
    Published(
        "criteria-lenet",
        "runs",
        {"criterion": "large-final-same-sign", "mask_1_action": "rewind"},
        0.793,
        "Zhou et al. 2019",
        "memory",
    ),
    Published("learned-lenet", "plain", {}, 0.964, "Zhou et al. 2019, signed constants", "memory"),
    Published("learned-lenet", "rescaled", {}, 0.980, "Zhou et al. 2019, signed constants", "memory"),
    Published("tickets-lenet", "dense", {}, 0.982, "Frankle & Carbin 2019", "figure"),
)


def published(study: str, arm: str, point: Mapping[str, Any]) -> Published | None:
    """What was published for a point of a study.

    >>> found = published("density", "edge-popup", {"model": "conv4", "weights": "kaiming-normal", "density": 0.5})
    >>> found.value, found.certainty
    (0.836, 're-run')
    """
    values = values_of(point)
    for each in PUBLISHED:
        if (each.study, each.arm) == (study, arm) and values.items() >= dict(each.point).items():
            return each
    return None
