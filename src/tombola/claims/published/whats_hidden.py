"""Numbers of What's Hidden in a Randomly Weighted Neural Network?, and others' of its networks."""

from tombola.claims.published.number import Published

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

# What another paper compares itself with, percent; of which density and weights we do not know.
_SLOT_MACHINES = "edge-popup in Aladago & Torresani 2021, table 2"
BEST = "best accuracy"
_BEST = {"conv2": 77.7, "conv4": 85.8, "conv6": 88.1}

NUMBERS: tuple[Published, ...] = (
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
        Published("density", "edge-popup", {"model": model}, percent / 100, _SLOT_MACHINES, "third party", BEST)
        for model, percent in _BEST.items()
    ),
)
