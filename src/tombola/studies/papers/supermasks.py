"""Deconstructing Lottery Tickets: masks by criterion, what kept and removed weights become, learned supermasks.

Source: Zhou, Lan, Liu & Yosinski, NeurIPS 2019, arXiv 1905.01067.
"""

from typing import Any

from tombola.masks.criteria import CRITERIA
from tombola.studies.parts import Arm, Preset
from tombola.studies.study import Study

SOURCE = "Zhou et al. 2019, arXiv 1905.01067"
LENET: dict[str, Any] = {"model": "lenet-300-100", "data": "mnist", "preset": "criterion-supermask", "precision": "32"}
DIGITS: dict[str, Any] = {"model": "digits-mlp", "data": "digits", "epochs": 3, "preset": None, "layer_density": {}}
LEARNED: dict[str, Any] = {
    "model": "lenet-300-100",
    "data": "mnist",
    "method": "bernoulli",
    "pixels": "unit",
    "epochs": 30,
    "augment": "off",
    "precision": "32",
}

CIFAR: dict[str, Any] = {"data": "cifar10", "preset": "criterion-supermask", "precision": "bf16-mixed"}
WEIGHTS = ("glorot-normal", "signed-glorot-constant")
CONVOLUTIONS = ("conv2", "conv4", "conv6")

CRITERIA_LENET = Study(
    name="criteria-lenet",
    title="Untrained accuracy of masks by thirteen criteria, LeNet-300-100 on MNIST",
    question="Which weights must be kept so that an untrained network works?",
    source=f"{SOURCE}: its criteria, untrained and at one density; not its series over densities",
    claims=("S5",),
    settings=LENET,
    axes={"criterion": tuple(CRITERIA), "mask_1_action": ("rewind", "signed-constant")},
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | {"method": "criterion", "density": 0.3},
            axes={"criterion": ("large-final", "large-final-same-sign")},
            replicates=2,
        ),
        "laptop": Preset(settings={"epochs": 12}, replicates=3),
        "paper": Preset(),
    },
)

CRITERIA_CONV = Study(
    name="criteria",
    title="Untrained accuracy of masks by thirteen criteria, Conv2 to Conv6 on CIFAR-10",
    question="Which weights must be kept so that an untrained network works?",
    source=f"{SOURCE}: its criteria, untrained and at one density; not its series over densities",
    claims=("S5",),
    settings=CIFAR,
    axes={"model": CONVOLUTIONS, "criterion": tuple(CRITERIA), "mask_1_action": ("rewind", "signed-constant")},
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | {"method": "criterion", "density": 0.3, "model": "digits-conv"},
            axes={"model": ("digits-conv",), "criterion": ("large-final", "large-final-same-sign")},
            replicates=1,
        ),
        "laptop": Preset(
            settings={"epochs": 4}, axes={"criterion": ("large-final", "large-final-same-sign")}, replicates=3
        ),
        "paper": Preset(),
    },
)

ACTIONS_LENET = Study(
    name="actions-lenet",
    title="What kept and removed weights become, LeNet-300-100 on MNIST",
    question="Is it the sign of a kept weight that counts, and what if removed weights are frozen instead of zero?",
    source=f"{SOURCE}: its actions on kept and removed weights, at one density; not its series over densities",
    claims=("S7",),
    settings=LENET | {"criterion": "large-final", "retrain": True},
    arms={
        "mask-1": Arm(
            axes={
                "mask_1_action": (
                    "rewind",
                    "reinit",
                    "reshuffle",
                    "constant",
                    "signed-reinit",
                    "signed-reshuffle",
                    "signed-constant",
                )
            }
        ),
        "mask-0": Arm(
            settings={"mask_1_action": "rewind"}, axes={"mask_0_action": ("zero", "freeze", "freeze-unless-fallen")}
        ),
        "small-final": Arm(settings={"mask_1_action": "rewind", "criterion": "small-final"}),
    },
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | {"method": "criterion", "density": 0.3},
            axes={"mask_1_action": ("rewind", "signed-constant")},
            replicates=2,
        ),
        "laptop": Preset(settings={"epochs": 12}, replicates=3),
        "paper": Preset(),
    },
)

LEARNED_LENET = Study(
    name="learned-lenet",
    title="Learned Bernoulli supermasks, LeNet-300-100 on MNIST",
    question="How good are learned masks of untrained weights, with and without dynamic weight rescaling?",
    source=f"{SOURCE}, table 1",
    claims=("S6",),
    settings=LEARNED,
    axes={"weights": WEIGHTS},
    arms={"plain": Arm(), "rescaled": Arm(settings={"rescale": True})},
    replicates=5,
    presets={
        "tiny": Preset(settings={"model": "digits-mlp", "data": "digits", "epochs": 2}, replicates=2),
        "laptop": Preset(),
        "paper": Preset(settings={"epochs": 2000, "lr": 100.0}),
    },
)

LEARNED_CONV = Study(
    name="learned",
    title="Learned Bernoulli supermasks, Conv2 to Conv6 on CIFAR-10",
    question="How good are learned masks of untrained weights, with and without dynamic weight rescaling?",
    source=f"{SOURCE}, table 1",
    claims=("S6",),
    settings=LEARNED | {"data": "cifar10", "precision": "bf16-mixed"},
    axes={"model": CONVOLUTIONS, "weights": WEIGHTS},
    arms={"plain": Arm(), "rescaled": Arm(settings={"rescale": True})},
    replicates=5,
    presets={
        "tiny": Preset(
            settings={"data": "digits", "epochs": 2, "precision": "32"},
            axes={"model": ("digits-conv",)},
            replicates=2,
        ),
        # The probabilities walk as far as lr times the root of the steps: as far as on LeNet-300-100.
        "laptop": Preset(
            settings={"epochs": 8, "lr": 800.0},
            axes={"model": ("conv2",), "weights": ("signed-glorot-constant",)},
            replicates=3,
        ),
        "paper": Preset(settings={"epochs": 2000, "lr": 100.0}),
    },
)

STUDIES = (CRITERIA_LENET, CRITERIA_CONV, ACTIONS_LENET, LEARNED_LENET, LEARNED_CONV)
