"""The Lottery Ticket Hypothesis: tickets found by iterative magnitude pruning, against their controls.

Sources: Frankle & Carbin, ICLR 2019, arXiv 1803.03635, LeNet-300-100 and Conv-2; Han et al., NIPS 2015,
arXiv 1506.02626, pruning with fine-tuning. Settings: the preset `lottery-ticket`, float32.
"""

from typing import Any

from tombola.studies.parts import Arm, Preset
from tombola.studies.study import Study

SOURCE = "Frankle & Carbin 2019, arXiv 1803.03635"
IMP: dict[str, Any] = {"method": "imp", "precision": "32"}
LENET: dict[str, Any] = {"model": "lenet-300-100", "data": "mnist", "preset": "lottery-ticket", "precision": "32"}
DIGITS: dict[str, Any] = {"model": "digits-mlp", "data": "digits", "epochs": 5, "batch_size": 60, "preset": None}
HEAD = {"fc3": 0.1}
CIFAR: dict[str, Any] = {"data": "cifar10", "preset": "lottery-ticket", "precision": "bf16-mixed"}
# In the place of what the preset removes a level, where a density is asked for.
TO_A_DENSITY: dict[str, Any] = {"levels": None, "layer_prune_fraction": {}, "prune_fraction": None}
CONVOLUTIONS = ("conv2", "conv4", "conv6")
# 40% a level, of convolutions and the output layer 20%: densities 0.22 and 0.13 after three and four trainings.
STEEP: dict[str, Any] = {
    "levels": 4,
    "prune_fraction": 0.4,
    "layer_prune_fraction": {"features.*": 0.2, "classifier.5": 0.2},
}

TICKETS_LENET = Study(
    name="tickets-lenet",
    title="Winning tickets over density, LeNet-300-100 on MNIST",
    question="How small can a ticket be that trains as well as the dense network, and what are its controls worth?",
    source=f"{SOURCE}, figures 1, 3 and 4",
    claims=("L1", "L2", "L3", "L4", "L6", "L7"),
    settings=LENET,
    arms={"iterative": Arm(settings={"levels": 18})},
    measures=(
        {"name": "controls", "names": ["random-mask", "fresh-weights"], "levels": [3, 7, 9, 12, 15, 18]},
        {"name": "movement"},
    ),
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | IMP | {"levels": 2, "layer_prune_fraction": HEAD},
            measures=({"name": "controls", "levels": [1, 2]}, {"name": "movement"}),
            replicates=2,
        ),
        "laptop": Preset(
            measures=({"name": "controls", "levels": [7, 15]}, {"name": "movement"}),
            replicates=3,
        ),
        "paper": Preset(),
    },
)

TICKETS_CONV = Study(
    name="tickets",
    title="Winning tickets over density, Conv2 to Conv6 on CIFAR-10",
    question="How small can a ticket be that trains as well as the dense network, and what are its controls worth?",
    source=f"{SOURCE}, figure 5",
    claims=("L1", "L3", "L4", "L6", "L7"),
    settings=CIFAR,
    axes={"model": CONVOLUTIONS},
    arms={"iterative": Arm(settings={"levels": 24})},
    measures=(
        {"name": "controls", "names": ["random-mask", "fresh-weights"], "levels": [3, 7, 8, 12, 15, 17, 18, 21]},
        {"name": "movement"},
    ),
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | IMP | {"levels": 2, "model": "digits-conv"},
            axes={"model": ("digits-conv",)},
            measures=({"name": "controls", "levels": [2]}, {"name": "movement"}),
            replicates=2,
        ),
        "laptop": Preset(
            settings=STEEP | {"epochs": 6, "evaluate_every": "150it"},
            axes={"model": ("conv2",)},
            measures=({"name": "controls", "levels": [3]}, {"name": "movement"}),
            replicates=3,
        ),
        "paper": Preset(),
    },
)

ONE_SHOT_LENET = Study(
    name="one-shot-lenet",
    title="Iterative against one-shot pruning, LeNet-300-100 on MNIST",
    question="Does pruning step by step find smaller tickets than pruning at once?",
    source=f"{SOURCE}, figure 4",
    claims=("L5",),
    settings=LENET,
    axes={"density": (0.21, 0.07, 0.036)},
    arms={
        "iterative": Arm(settings=TO_A_DENSITY),
        "one-shot": Arm(settings=TO_A_DENSITY | {"levels": 1}),
    },
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS | IMP, axes={"density": (0.2,)}, replicates=2),
        "laptop": Preset(settings={"epochs": 12}, replicates=3),
        "paper": Preset(),
    },
)

FINE_TUNING_LENET = Study(
    name="fine-tuning-lenet",
    title="Train, prune, fine-tune: LeNet-300-100 on MNIST",
    question="Can nine of ten connections go without loss of accuracy?",
    source="Han et al. 2015, arXiv 1506.02626, table 1",
    claims=("L7", "L8"),
    settings=LENET | TO_A_DENSITY | {"retraining": "fine-tuning"},
    arms={"fine-tuning": Arm(settings={"density": 0.1})},
    measures=({"name": "controls", "names": ["fresh-weights"]},),
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS | IMP | {"density": 0.3}, replicates=2),
        "laptop": Preset(settings={"epochs": 12}, replicates=3),
        "paper": Preset(),
    },
)

FINE_TUNING_CONV = Study(
    name="fine-tuning",
    title="Train, prune, fine-tune: Conv2 to Conv6 on CIFAR-10",
    question="Can nine of ten connections go without loss of accuracy?",
    source="Han et al. 2015, arXiv 1506.02626, on networks of the lottery-ticket papers",
    claims=("L8",),
    settings=CIFAR | TO_A_DENSITY | {"retraining": "fine-tuning"},
    axes={"model": CONVOLUTIONS},
    arms={"fine-tuning": Arm(settings={"density": 0.1})},
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | IMP | {"density": 0.3, "model": "digits-conv"},
            axes={"model": ("digits-conv",)},
            replicates=2,
        ),
        "laptop": Preset(
            settings={"epochs": 5, "evaluate_every": "250it", "levels": 2}, axes={"model": ("conv4",)}, replicates=3
        ),
        "paper": Preset(),
    },
)

EQUAL_WEIGHTS_LENET = Study(
    name="equal-weights-lenet",
    title="When all weights begin equal, LeNet-300-100 on MNIST",
    question="Is there a ticket where every subnetwork is the same?",
    source="Obtaining Top Neural Network Performance Without Any Training; the experiment is ours",
    claims=("L9",),
    settings={"model": "lenet-300-100", "data": "mnist", "epochs": 10, "precision": "32", "augment": "off"},
    arms={
        "edge-popup": Arm(settings={"method": "edge-popup", "density": 0.5}),
        "dense": Arm(settings={"method": "dense"}),
    },
    axes={"weights": ("zeros", "kaiming-constant", "signed-kaiming-constant", "kaiming-normal")},
    replicates=5,
    presets={
        "tiny": Preset(settings={"model": "digits-mlp", "data": "digits", "epochs": 2}, replicates=2),
        "laptop": Preset(replicates=3),
        "paper": Preset(settings={"epochs": 100}),
    },
)

STUDIES = (TICKETS_LENET, TICKETS_CONV, ONE_SHOT_LENET, FINE_TUNING_LENET, FINE_TUNING_CONV, EQUAL_WEIGHTS_LENET)
