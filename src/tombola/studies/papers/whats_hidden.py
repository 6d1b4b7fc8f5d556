"""What's Hidden in a Randomly Weighted Neural Network?: untrained subnetworks of random networks, by edge-popup.

Source: Ramanujan, Wortsman, Kembhavi, Farhadi & Rastegari, CVPR 2020, arXiv 1911.13299. Settings: section 4.1
and the authors' configurations: SGD with learning rate 0.1 and momentum 0.9, weight decay 1e-4 on the scores,
batches of 128, 100 epochs, cosine; the test accuracy of the last epoch, five seeds.
"""

from tombola.studies.study import Arm, Preset, Study

SOURCE = "Ramanujan et al. 2020, arXiv 1911.13299"
DENSITIES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
CONVOLUTIONS = ("conv2", "conv4", "conv6", "conv8")

DENSITY_LENET = Study(
    name="density-lenet",
    title="Accuracy over density, LeNet-300-100 on MNIST",
    question="How good is the best untrained subnetwork that keeps a given fraction of the weights?",
    source=f"{SOURCE}, figure 3, on a network and data of the lottery-ticket papers",
    claims=("W1", "W2"),
    settings={
        "model": "lenet-300-100",
        "data": "mnist",
        "method": "edge-popup",
        "epochs": 10,
        "precision": "32",
        "augment": "off",
    },
    arms={
        "edge-popup": Arm(axes={"weights": ("kaiming-normal", "signed-kaiming-constant"), "density": DENSITIES}),
        "dense": Arm(settings={"method": "dense", "lr": 0.01}),
    },
    replicates=5,
    presets={
        "tiny": Preset(
            settings={"model": "digits-mlp", "data": "digits", "epochs": 2},
            axes={"density": (0.1, 0.5, 0.9)},
            replicates=2,
        ),
        "laptop": Preset(),
        "paper": Preset(settings={"epochs": 100}),
    },
)

DENSITY = Study(
    name="density",
    title="Accuracy over density, Conv2 to Conv8 on CIFAR-10",
    question="How good is an untrained subnetwork that keeps a given fraction of the weights, and how does depth help?",
    source=f"{SOURCE}, figure 3",
    claims=("W1", "W2", "W3"),
    settings={"data": "cifar10", "epochs": 100, "precision": "bf16-mixed", "augment": "on", "protocol": "paper"},
    axes={"model": CONVOLUTIONS},
    arms={
        "edge-popup": Arm(axes={"weights": ("kaiming-normal", "signed-kaiming-constant"), "density": DENSITIES}),
        "dense-sgd": Arm(settings={"method": "dense", "lr": 0.01}),
        "dense-adam": Arm(
            settings={
                "method": "dense",
                "optimizer": "adam",
                "batch_size": 60,
                "weight_decay": 0.0,
                "schedule": "constant",
            },
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
            settings={"data": "digits", "epochs": 1, "precision": "32", "augment": "off"},
            axes={"model": ("digits-conv",), "density": (0.5,), "weights": ("signed-kaiming-constant",)},
            arms=("edge-popup", "dense-sgd"),
            replicates=1,
        ),
        "laptop": Preset(
            settings={"epochs": 5, "augment": "off"},
            axes={"model": ("conv2", "conv4"), "density": (0.1, 0.3, 0.5, 0.7, 0.9)},
            arms=("edge-popup", "dense-sgd"),
            replicates=2,
        ),
        "paper": Preset(),
    },
)

STUDIES = (DENSITY_LENET, DENSITY)
