"""What's Hidden in a Randomly Weighted Neural Network?, on ImageNet: figures 8 to 10 and table 2.

Source: Ramanujan et al., CVPR 2020, arXiv 1911.13299, section 4.4 and appendix A, with the settings of the preset
`edge-popup-imagenet`. These are full-scale experiments; the preset `laptop` shrinks images and networks until two
cores can finish, and says nothing of the paper's numbers.
"""

from typing import Any

from tombola.studies.papers.whats_hidden import KAIMING, SOURCE
from tombola.studies.parts import Arm, Preset
from tombola.studies.study import Study

PARENTS = ("resnet-50", "resnet-101", "wide-resnet-50")
DENSE = ("resnet-34", "resnet-50", "wide-resnet-50")
IMAGENET: dict[str, Any] = {"data": "imagenet", "protocol": "paper", "precision": "bf16-mixed"}
TRAINING: dict[str, Any] = {
    "epochs": 100,
    "batch_size": 256,
    "lr": 0.256,
    "momentum": 0.875,
    "weight_decay": 2**-15,
    "schedule": "cosine",
    "warmup_epochs": 5,
    "label_smoothing": 0.1,
    "augment": "on",
}
SMALL: dict[str, Any] = {"image_size": 64, "model_arguments.width": 0.25, "epochs": 2, "warmup_epochs": 0}
DIGITS: dict[str, Any] = {
    "data": "digits",
    "model": "digits-conv",
    "precision": "32",
    "protocol": "validation",
    "augment": "off",
    "epochs": 1,
    "batch_size": 64,
    "lr": 0.02,
    "warmup_epochs": 0,
}

TABLE_2 = Study(
    name="imagenet",
    title="Untrained subnetworks of large residual networks, ImageNet",
    question="Does a random network hold a subnetwork as good as a smaller trained one?",
    source=f"{SOURCE}, figure 8 and table 2",
    claims=("W10",),
    settings=IMAGENET | TRAINING,
    arms={
        "edge-popup": Arm(
            settings={"method": "edge-popup", "density": 0.3}, axes={"model": PARENTS, "weights": KAIMING}
        ),
        "dense": Arm(settings={"method": "dense"}, axes={"model": DENSE}),
    },
    replicates=3,
    presets={
        "tiny": Preset(settings=DIGITS, axes={"model": ("digits-conv",)}, replicates=1),
        "laptop": Preset(settings=SMALL, replicates=1),
        "paper": Preset(),
    },
)

DENSITIES = Study(
    name="imagenet-density",
    title="Accuracy over density, ResNet-50 on ImageNet",
    question="Which density is best on ImageNet, and does the scale of the weights matter?",
    source=f"{SOURCE}, figures 9 and 10",
    claims=("W9",),
    settings=IMAGENET | TRAINING | {"model": "resnet-50"},
    arms={
        "edge-popup": Arm(
            settings={"method": "edge-popup"},
            axes={"weights": KAIMING, "scaled": (False, True), "density": (0.1, 0.3, 0.5, 0.7, 0.9)},
        ),
        "bernoulli": Arm(
            settings={
                "method": "bernoulli",
                "weights": "kaiming-normal",
                "lr": 400.0,
                "momentum": 0.9,
                "weight_decay": 0.0,
                "warmup_epochs": 0,
                "label_smoothing": 0.0,
            }
        ),
    },
    replicates=3,
    presets={
        "tiny": Preset(
            settings=DIGITS,
            axes={"weights": ("signed-kaiming-constant",), "density": (0.3, 0.7)},
            replicates=1,
        ),
        "laptop": Preset(settings=SMALL, axes={"density": (0.3, 0.7)}, replicates=1),
        "paper": Preset(),
    },
)

STUDIES = (TABLE_2, DENSITIES)
