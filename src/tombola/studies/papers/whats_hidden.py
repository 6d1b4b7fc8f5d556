"""What's Hidden in a Randomly Weighted Neural Network?: untrained subnetworks of random networks, by edge-popup.

Source: Ramanujan, Wortsman, Kembhavi, Farhadi & Rastegari, CVPR 2020, arXiv 1911.13299. Settings: section 4.1
and the authors' configurations: SGD with learning rate 0.1 and momentum 0.9, weight decay 1e-4 on the scores,
batches of 128, 100 epochs, cosine; the test accuracy of the last epoch, five seeds. Each question has a study on
LeNet-300-100 and MNIST, which a laptop finishes, and one on the paper's networks and CIFAR-10.
"""

from typing import Any

from tombola.studies.parts import Arm, Preset
from tombola.studies.study import Study

SOURCE = "Ramanujan et al. 2020, arXiv 1911.13299"
DENSITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
KAIMING = ("kaiming-normal", "signed-kaiming-constant")
XAVIER = ("xavier-normal", "signed-xavier-constant")
WIDTH = "model_arguments.width"

LENET: dict[str, Any] = {"model": "lenet-300-100", "data": "mnist", "epochs": 10, "precision": "32", "augment": "off"}
CIFAR: dict[str, Any] = {
    "data": "cifar10",
    "epochs": 100,
    "precision": "bf16-mixed",
    "augment": "on",
    "protocol": "paper",
}
SHORT: dict[str, Any] = {"epochs": 5, "augment": "off", "protocol": "validation"}
FULL_LENGTH: dict[str, Any] = {"epochs": 100, "protocol": "paper"}
DIGITS: dict[str, Any] = {"model": "digits-mlp", "data": "digits", "epochs": 2, "precision": "32", "augment": "off"}

POPUP: dict[str, Any] = {"method": "edge-popup"}
DENSE: dict[str, Any] = {"method": "dense", "lr": 0.01}
DENSE_ADAM: dict[str, Any] = {
    "method": "dense",
    "optimizer": "adam",
    "batch_size": 60,
    "weight_decay": 0.0,
    "schedule": "constant",
}
LEARNED: dict[str, Any] = {"method": "bernoulli", "weight_decay": 0.0, "schedule": "cosine", "batch_size": 128}


CONV4 = {1.0: 2_425_024, 1.5: 5_453_088, 2.0: 9_691_520}  # weights by width


def kept(count: int, sizes: dict[float, int]) -> tuple[dict[str, Any], ...]:
    """The width of each network, and the density with which it keeps as many weights as the others."""
    return tuple({WIDTH: width, "density": round(count / size, 6)} for width, size in sizes.items())


def as_many(sizes: dict[float, int]) -> dict[str, Arm]:
    """Networks that keep as many weights as 30, 50 and 70% of that of width 1."""
    axes = {f"{percent}-percent": kept(percent * sizes[1.0] // 100, sizes) for percent in (30, 50, 70)}
    return {name: Arm(settings=POPUP, axes={"size": size, "weights": KAIMING}) for name, size in axes.items()}


DENSITY_LENET = Study(
    name="density-lenet",
    title="Accuracy over density, LeNet-300-100 on MNIST",
    question="How good is an untrained subnetwork that keeps a given fraction of the weights?",
    source=f"{SOURCE}, figure 3, on a network and data of the lottery-ticket papers",
    claims=("W1", "W2", "W13"),
    settings=LENET,
    arms={
        "edge-popup": Arm(settings=POPUP, axes={"weights": KAIMING, "density": DENSITIES}),
        "dense": Arm(settings=DENSE),
    },
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS, axes={"density": (0.1, 0.5, 0.9)}, replicates=2),
        "laptop": Preset(),
        "paper": Preset(settings=FULL_LENGTH),
    },
)

DENSITY = Study(
    name="density",
    title="Accuracy over density, Conv2 to Conv8 on CIFAR-10",
    question="How good is an untrained subnetwork that keeps a given fraction of the weights, and how does depth help?",
    source=f"{SOURCE}, figure 3",
    claims=("W1", "W2", "W3", "W13"),
    settings=CIFAR,
    axes={"model": ("conv2", "conv4", "conv6", "conv8")},
    arms={
        "edge-popup": Arm(settings=POPUP, axes={"weights": KAIMING, "density": DENSITIES}),
        "dense": Arm(settings=DENSE),
        "dense-adam": Arm(
            settings=DENSE_ADAM,
            axes={
                "model": (
                    {"model": "conv2", "lr": 2e-4},
                    {"model": "conv4", "lr": 3e-4},
                    {"model": "conv6", "lr": 3e-4},
                    {"model": "conv8", "lr": 3e-4},
                )
            },
        ),
    },
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | {"epochs": 1, "model": "digits-conv"},
            axes={"model": ("digits-conv",), "density": (0.3, 0.7), "weights": ("signed-kaiming-constant",)},
            arms=("edge-popup", "dense"),
            replicates=1,
        ),
        "laptop": Preset(
            settings=SHORT,
            axes={
                "model": ("conv2", "conv4", "conv6"),
                "density": (0.1, 0.5, 0.9),
                "weights": ("signed-kaiming-constant",),
            },
            arms=("edge-popup", "dense"),
            replicates=3,
        ),
        "paper": Preset(),
    },
)

WIDTH_LENET = Study(
    name="width-lenet",
    title="Accuracy over width, LeNet-300-100 on MNIST",
    question="Does the gap between an untrained subnetwork and the trained dense network close with width?",
    source=f"{SOURCE}, figure 4, on LeNet-300-100",
    claims=("W4",),
    settings=LENET,
    axes={WIDTH: (0.25, 0.5, 1.0, 2.0)},
    arms={
        "edge-popup": Arm(settings=POPUP | {"density": 0.5}, axes={"weights": KAIMING}),
        "dense": Arm(settings=DENSE),
    },
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS, axes={WIDTH: (0.5, 2.0)}, replicates=2),
        "laptop": Preset(),
        "paper": Preset(settings=FULL_LENGTH),
    },
)

WIDTHS = Study(
    name="width",
    title="Accuracy over width, Conv4 and Conv6 on CIFAR-10",
    question="Does the gap between an untrained subnetwork and the trained dense network close with width?",
    source=f"{SOURCE}, figure 4",
    claims=("W4",),
    settings=CIFAR,
    axes={"model": ("conv4", "conv6"), WIDTH: (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)},
    arms={
        "edge-popup": Arm(settings=POPUP | {"density": 0.5}, axes={"weights": KAIMING}),
        "dense": Arm(settings=DENSE),
        "dense-adam": Arm(settings=DENSE_ADAM | {"lr": 3e-4}),
    },
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | {"epochs": 1, "model": "digits-conv"},
            axes={"model": ("digits-conv",), WIDTH: (0.5, 1.0)},
            replicates=1,
        ),
        "laptop": Preset(
            settings=SHORT,
            axes={"model": ("conv4",), WIDTH: (0.25, 1.0), "weights": ("signed-kaiming-constant",)},
            arms=("edge-popup", "dense"),
            replicates=3,
        ),
        "paper": Preset(),
    },
)

FIXED_COUNT_LENET = Study(
    name="fixed-count-lenet",
    title="Accuracy over width at one number of kept weights, LeNet-300-100 on MNIST",
    question="With as many weights kept, is a subnetwork of a wider network better?",
    source=f"{SOURCE}, figure 5, on LeNet-300-100",
    claims=("W5",),
    settings=LENET,
    arms=as_many({1.0: 266_200, 2.0: 592_400, 4.0: 1_424_800}),
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS, axes={"size": kept(25_000, {1.0: 50_000, 2.0: 166_400})}, replicates=2),
        "laptop": Preset(axes={"weights": ("signed-kaiming-constant",)}),
        "paper": Preset(settings=FULL_LENGTH),
    },
)

FIXED_COUNT = Study(
    name="fixed-count",
    title="Accuracy over width at one number of kept weights, Conv4 on CIFAR-10",
    question="With as many weights kept, is a subnetwork of a wider network better?",
    source=f"{SOURCE}, figure 5",
    claims=("W5",),
    settings=CIFAR | {"model": "conv4"},
    arms=as_many(CONV4),
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS,
            axes={"size": kept(25_000, {1.0: 50_000, 2.0: 166_400})},
            arms=("50-percent",),
            replicates=1,
        ),
        "laptop": Preset(
            settings=SHORT,
            axes={
                "size": kept(CONV4[1.0] // 2, {1.0: CONV4[1.0], 1.5: CONV4[1.5]}),
                "weights": ("signed-kaiming-constant",),
            },
            arms=("50-percent",),
            replicates=3,
        ),
        "paper": Preset(),
    },
)

BERNOULLI_LENET = Study(
    name="bernoulli-lenet",
    title="Edge-popup against learned Bernoulli supermasks, LeNet-300-100 on MNIST",
    question="At one budget, which finds the better supermask, and on which weights?",
    source=f"{SOURCE}, figure 6, on LeNet-300-100",
    claims=("W6", "W7"),
    settings=LENET,
    axes={"weights": KAIMING + XAVIER},
    arms={
        # Neither is judged at an end of its range: both were widened until the best lay inside.
        "edge-popup": Arm(settings=POPUP, axes={"density": (0.3, 0.5, 0.7, 0.9)}),
        "bernoulli": Arm(settings=LEARNED, axes={"lr": (50.0, 200.0, 800.0, 3200.0)}),
    },
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS, axes={"weights": KAIMING, "density": (0.5,), "lr": (50.0,)}, replicates=2),
        "laptop": Preset(replicates=3),
        "paper": Preset(settings=FULL_LENGTH),
    },
)

BERNOULLI = Study(
    name="bernoulli",
    title="Edge-popup against learned Bernoulli supermasks, Conv2 and Conv4 on CIFAR-10",
    question="At one budget, which finds the better supermask, and on which weights?",
    source=f"{SOURCE}, figure 6",
    claims=("W6", "W7"),
    settings=CIFAR,
    axes={"model": ("conv2", "conv4", "conv6", "conv8"), "weights": KAIMING + XAVIER},
    arms={
        "edge-popup": Arm(settings=POPUP, axes={"density": (0.3, 0.5, 0.7)}),
        "bernoulli": Arm(settings=LEARNED, axes={"lr": (200.0,)}),
    },
    replicates=5,
    presets={
        "tiny": Preset(
            settings=DIGITS | {"epochs": 1, "model": "digits-conv"},
            axes={"model": ("digits-conv",), "weights": ("kaiming-normal",), "density": (0.5,)},
            replicates=1,
        ),
        "laptop": Preset(
            settings=SHORT,
            # The probabilities walk as far as lr times the root of the steps: as far as in the paper's training.
            axes={"model": ("conv2",), "density": (0.5,), "lr": (1000.0,)},
            replicates=3,
        ),
        "paper": Preset(),
    },
)


# Every distribution of the paper's figure 7; the Kaiming ones with and without the scale.
DISTRIBUTIONS: tuple[dict[str, Any], ...] = (
    *({"weights": name, "scaled": False} for name in (*KAIMING, "xavier-normal", "kaiming-uniform")),
    *({"weights": name, "scaled": True} for name in KAIMING),
)

DISTRIBUTIONS_LENET = Study(
    name="distributions-lenet",
    title="Accuracy over the distribution of the weights, LeNet-300-100 on MNIST",
    question="Which untrained weights hold the best subnetworks?",
    source=f"{SOURCE}, figure 7, on LeNet-300-100",
    claims=("W8",),
    settings=LENET,
    arms={"edge-popup": Arm(settings=POPUP, axes={"distribution": DISTRIBUTIONS, "density": (0.3, 0.5, 0.7)})},
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS, axes={"density": (0.5,)}, replicates=2),
        "laptop": Preset(replicates=3),
        "paper": Preset(settings=FULL_LENGTH),
    },
)

DISTRIBUTION = Study(
    name="distributions",
    title="Accuracy over the distribution of the weights, Conv4 on CIFAR-10",
    question="Which untrained weights hold the best subnetworks?",
    source=f"{SOURCE}, figure 7",
    claims=("W8",),
    settings=CIFAR | {"model": "conv4"},
    arms={"edge-popup": Arm(settings=POPUP, axes={"distribution": DISTRIBUTIONS, "density": DENSITIES})},
    replicates=5,
    presets={
        "tiny": Preset(settings=DIGITS | {"epochs": 1}, axes={"density": (0.5,)}, replicates=1),
        "laptop": Preset(settings=SHORT, axes={"density": (0.5,)}, replicates=3),
        "paper": Preset(),
    },
)

STUDIES = (
    DENSITY_LENET,
    DENSITY,
    WIDTH_LENET,
    WIDTHS,
    FIXED_COUNT_LENET,
    FIXED_COUNT,
    BERNOULLI_LENET,
    BERNOULLI,
    DISTRIBUTIONS_LENET,
    DISTRIBUTION,
)
