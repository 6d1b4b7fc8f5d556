"""Achieving results with untrained neural networks using Supermasks: thresholds chosen by untrained accuracy.

Source: Rolfs, independent study, Universität Hamburg. Settings: the preset `independent-study`: a perceptron
784-200-30-10, pixels in [0, 1], weights and biases as PyTorch makes them, chosen by and measured on the test set.
"""

from typing import Any

from tombola.studies.parts import Arm, Preset
from tombola.studies.study import Study

# Hidden layers of its table 1, in its order; the first is the baseline.
SIZES = ((200, 30), (100, 15), (100, 25), (150, 15), (150, 25), (50, 15), (50, 25), (150, 5), (100, 5), (50, 5))

SETTINGS: dict[str, Any] = {
    "data": "mnist",
    "weights": "own",
    "pixels": "unit",
    "protocol": "paper",
    "precision": "32",
    "optimizer": "adam",
    "lr": 1.2e-3,
    "batch_size": 60,
    "weight_decay": 0.0,
    "schedule": "constant",
    "evaluate_every": "100it",
    "augment": "off",
}

THRESHOLDS = Study(
    name="independent-study",
    title="Tickets by a threshold that untrained accuracy chooses, against smaller layers: MNIST",
    question="Does a mask chosen by its untrained accuracy train better than smaller networks do?",
    source="Rolfs, independent study, figures 1 to 6 and table 1",
    claims=("S1", "S2", "S3", "S4"),
    settings=SETTINGS,
    arms={
        "ticket": Arm(settings={"method": "threshold", "model": "mlp-200-30", "epochs": 20}),
        "dense": Arm(
            settings={"method": "dense", "model": "mlp", "epochs": 5},
            axes={"model_arguments.hidden": tuple(list(size) for size in SIZES)},
        ),
    },
    measures=({"name": "trainings"},),
    replicates=10,
    presets={
        "tiny": Preset(
            settings={
                "data": "digits",
                "model": "digits-mlp",
                "epochs": 5,
                "retrain_step": "20it",
                "evaluate_every": "10it",
            },
            arms=("ticket",),
            replicates=2,
        ),
        "laptop": Preset(),
        "paper": Preset(),
    },
)

STUDIES = (THRESHOLDS,)
