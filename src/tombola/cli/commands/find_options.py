"""Groups of options of `find`. None stands for the method's own default, which the help text shows."""

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import arg

from tombola.cli.commands.command import Flag

MODELS = (
    "mlp, lenet-300-100, mlp-200-30, digits-mlp, digits-conv, conv2, conv4, conv6, conv8, resnet-20, resnet-56, "
    "resnet-110, resnet-18, vgg-16, vgg-19, resnet-34, resnet-50, resnet-101, wide-resnet-50"
)
RECIPES = (
    "signed-kaiming-constant, kaiming-normal, kaiming-constant, kaiming-uniform, signed-xavier-constant, "
    "xavier-normal, glorot-normal, signed-glorot-constant, glorot-narrow, torch-default, zeros"
)


def shown(default: str, metavar: str | None = None) -> object:
    """An option whose default is known elsewhere, and shown here."""
    return arg(metavar=metavar, help_behavior_hint=f"(default: {default})")


METHODS = (
    "edge-popup, bernoulli, biprop, iterand, slot-machines, unit-popup, weight-agnostic, imp, criterion, threshold, "
    "filters, dnw, snip, grasp, synflow, magnitude, random, dense"
)


@dataclass(frozen=True)
class MethodOptions:
    """How the ticket is chosen. A method takes those that are its own, and refuses others."""

    method: Annotated[
        str | None,
        arg(metavar="NAME", help=f"The way of finding: {METHODS}.", help_behavior_hint="(default: edge-popup)"),
    ] = None
    density: Annotated[float | None, shown("0.5; of imp 0.2", "D")] = None
    """Fraction of the prunable weights that is kept, above 0 and at most 1."""
    layer_density: Annotated[tuple[str, ...], arg(metavar="PATTERN=D ...", help_behavior_hint="")] = ()
    """Another density for the layers whose names match, such as fc3=1.0 'features.*=0.3'."""
    scope: Annotated[str | None, shown("layerwise; of snip, grasp and synflow global", "SCOPE")] = None
    """layerwise: each layer keeps its own best; global: the network does."""
    allocation: Annotated[str | None, shown("uniform", "RULE")] = None
    """How the weights kept are shared among the layers: uniform or erk."""
    n_of_m: Annotated[str | None, arg(metavar="N:M", help_behavior_hint="")] = None
    """Keep N of every M neighbours along the inputs, such as 2:4, instead of a free choice."""
    levels: Annotated[int | None, shown("as many as the density needs", "N")] = None
    """imp: how often to train and prune; 1 is one-shot pruning."""
    prune_fraction: Annotated[float | None, shown("0.2", "X")] = None
    """imp: fraction of the remaining weights that a level removes."""
    layer_prune_fraction: Annotated[tuple[str, ...], arg(metavar="PATTERN=X ...", help_behavior_hint="")] = ()
    """imp: another fraction for the layers whose names match, such as fc3=0.1."""
    rewind_step: Annotated[str | None, shown("0it", "STEP")] = None
    """imp: the moment to whose weights the kept ones return, as 500it or 2ep."""
    retraining: Annotated[str | None, shown("weight-rewinding; of filters fine-tuning", "MODE")] = None
    """imp, filters: weight-rewinding, lr-rewinding or fine-tuning."""
    criterion: Annotated[str | None, shown("large-final-same-sign", "NAME")] = None
    """criterion: which weights are kept, such as large-final or movement."""
    mask_1_action: Annotated[str | None, shown("rewind", "NAME")] = None
    """criterion: what kept weights become, such as rewind, reinit, reshuffle or constant."""
    mask_0_action: Annotated[str | None, shown("zero", "NAME")] = None
    """criterion: what the others become: zero, freeze or freeze-unless-fallen."""
    alpha: Annotated[float | None, shown("1", "X")] = None
    """criterion: weight of the trained magnitudes in large-init-large-final and small-init-small-final."""
    retrain: Flag = False
    """criterion: train the ticket too."""
    thresholds: Annotated[
        tuple[float, ...], arg(metavar="T ...", help_behavior_hint="(default: 0 to 0.2 by 0.01)")
    ] = ()
    """threshold: the thresholds tried."""
    retrain_step: Annotated[str | None, shown("5000it", "STEP")] = None
    """threshold: how long the ticket is trained."""
    rescale: Flag = False
    """bernoulli: multiply each layer by its number of weights over its number of ones."""
    draws: Annotated[int | None, shown("10", "N")] = None
    """bernoulli: masks drawn for the figure that is the mean over draws."""
    redraw_every: Annotated[str | None, shown("the paper's", "STEP")] = None
    """iterand: how often removed weights are drawn anew."""
    redraw_fraction: Annotated[float | None, shown("0.1", "X")] = None
    """iterand: fraction of the removed weights drawn anew."""
    slots: Annotated[int | None, shown("8", "K")] = None
    """slot-machines: values that each weight chooses among."""
    rounds: Annotated[int | None, shown("100", "N")] = None
    """synflow: rounds in which the density falls."""
    examples: Annotated[int | None, shown("10 a class", "N")] = None
    """snip, grasp: training examples that the scores are computed on."""
    shared_values: Annotated[tuple[float, ...], arg(metavar="V ...", help_behavior_hint="(default: -2 to 2)")] = ()
    """weight-agnostic: the values that all weights share in turn."""
    signs: Annotated[str | None, shown("shared", "NAME")] = None
    """weight-agnostic: shared: every weight has the value; kept: its own sign too."""


@dataclass(frozen=True)
class WeightOptions:
    """The weights that are chosen from."""

    weights: Annotated[
        str | None,
        arg(
            metavar="NAME",
            help=f"Their distribution: {RECIPES}; or own, the model's.",
            help_behavior_hint="(default: the method's)",
        ),
    ] = None
    scaled: Flag = False
    """Multiply their standard deviation by the root of 1/density."""
    fan: Annotated[str | None, shown("fan_in", "FAN")] = None
    """What their variance is divided by: fan_in or fan_out."""


@dataclass(frozen=True)
class TrainingOptions:
    """How the search is trained. The defaults shown are edge-popup's; other methods have those of their papers."""

    epochs: Annotated[int | None, shown("100", "N")] = None
    """Passes over the training examples."""
    batch_size: Annotated[int | None, shown("128", "N")] = None
    """Examples a step."""
    optimizer: Annotated[str | None, shown("sgd", "NAME")] = None
    """sgd, adam or adamw."""
    lr: Annotated[float | None, shown("0.1", "RATE")] = None
    """Learning rate at its peak."""
    momentum: Annotated[float | None, shown("0.9", "X")] = None
    """Of sgd."""
    weight_decay: Annotated[float | None, shown("0.0001", "X")] = None
    """Of whatever is trained: the scores, where a method has scores."""
    schedule: Annotated[str | None, shown("cosine", "NAME")] = None
    """How the rate falls from epoch to epoch: cosine, constant or step."""
    warmup_epochs: Annotated[int | None, shown("0", "N")] = None
    """Epochs over which the rate first rises."""
    label_smoothing: Annotated[float | None, shown("0", "X")] = None
    """Of the cross-entropy."""
    clip_norm: Annotated[float | None, shown("none", "X")] = None
    """Largest norm of the gradient."""
    evaluate_every: Annotated[str | None, shown("1ep", "STEP")] = None
    """How often held-out data is looked at, as 1ep or 100it."""
    augment: Annotated[str | None, shown("auto", "NAME")] = None
    """The data set's usual crops and flips: on, off, or auto: on from 20 epochs."""
    precision: Annotated[str | None, shown("auto", "NAME")] = None
    """32, bf16-mixed, 16-mixed, or auto: bf16-mixed where the hardware computes in it, else 32."""
    loss: Annotated[str | None, shown("cross-entropy for classes, mse for numbers", "NAME")] = None
    """cross-entropy, mse or mae."""
    metric: Annotated[str | None, shown("accuracy for classes, mae for numbers", "NAME")] = None
    """accuracy, mae or mse."""


@dataclass(frozen=True)
class OutputOptions:
    """Where the run is kept and what is shown."""

    out: Annotated[str | None, shown("runs/, and a name made of the settings", "DIR")] = None
    """Folder of the run."""
    replicates: Annotated[int, arg(metavar="N")] = 1
    """Repeat with the seeds that follow, each in a folder seed-N of its own, and report mean and deviation."""
    resume: Flag = False
    """Go on with the run that the folder holds; this is what happens anyway."""
    fresh: Flag = False
    """Replace the run that the folder holds."""
    json: Flag = False
    """Print one JSON object as the last line, and nothing else on standard output."""
    quiet: Flag = False
    """No progress and no table: print the ticket's path alone."""
