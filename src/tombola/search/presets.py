"""Settings of papers, by name and model: what to type to run what they ran."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tombola.errors import UsageError, unknown_name
from tombola.search.found import Method
from tombola.search.methods.bernoulli import Bernoulli
from tombola.search.methods.criterion import Criterion
from tombola.search.methods.edge_popup import EdgePopup
from tombola.search.methods.magnitude_pruning import IterativeMagnitude
from tombola.search.methods.threshold import Threshold
from tombola.search.registry import method_named
from tombola.training import Training

# What settings given beside a preset take the place of, where they contradict each other.
REPLACES: Mapping[frozenset[str], tuple[str, ...]] = {
    frozenset({"density"}): ("levels",),
    frozenset({"levels"}): ("density",),
    frozenset({"density", "levels"}): ("prune_fraction", "layer_prune_fraction"),
    frozenset({"scope"}): ("layer_prune_fraction", "layer_density", "allocation"),
    frozenset({"layer_prune_fraction"}): ("scope",),
    frozenset({"layer_density"}): ("scope",),
    frozenset({"allocation"}): ("scope",),
    frozenset({"n_of_m"}): ("density", "layer_density", "scope", "allocation"),
}


@dataclass(frozen=True)
class Preset:
    """The settings of one experiment of a paper.

    Args:
        method: with its settings.
        training: with its settings.
        weights: name of the recipe.
        validation_fraction: of the training examples.
        source: where the settings are from, and what they leave open.
        protocol: `validation`, or `paper` where the paper chooses by the test set.
        pixels: `standardised`, or `unit` where results depend on it.
    """

    method: Method
    training: Training
    weights: str
    validation_fraction: float
    source: str
    protocol: str = "validation"
    pixels: str = "standardised"

    def method_with(self, given: Mapping[str, Any]) -> Method:
        """The method, with `given` settings in the place of its own; those that contradict them are its defaults.

        Raises:
            UsageError: where a setting is refused, or the given ones contradict each other.

        >>> preset_named("lottery-ticket", "conv2").method_with({"density": 0.1}).to_spec()["levels"] is None
        True
        """
        own = vars(self.method)
        try:
            return method_named(self.method.name, **{**own, **given})
        except UsageError:
            replaced = {name for settings, names in REPLACES.items() if settings <= given.keys() for name in names}
            left = {name: value for name, value in own.items() if name not in replaced}
            return method_named(self.method.name, **{**left, **given})


_TICKETS = "Frankle & Carbin 2019, arXiv 1803.03635, figure 2 and appendices; Zhou et al. 2019 for the epochs"
_SUPERMASKS = "Zhou et al. 2019, arXiv 1905.01067; the density is the best of its series 0.8^k, by our measurement"
_LEARNED = "Zhou et al. 2019, arXiv 1905.01067, appendix: 2000 epochs with learning rate 100"
_STUDY = "Rolfs, independent study, Universität Hamburg: 20,000 iterations, chosen by and measured on the test set"
_POPUP = (
    "Ramanujan et al. 2020, arXiv 1911.13299, Table 2, U_k, with the settings of the authors' code, where the weights "
    "are not scaled: weights=kaiming-normal for N_k, scaled for Figure 10; the last epoch on the validation set"
)
_ADAM = IterativeMagnitude.defaults
_SGD = Training(batch_size=128, lr=0.03, weight_decay=1e-4, schedule="step", evaluate_every="1ep", augment="on")

_IMAGENET = Preset(
    EdgePopup(density=0.3),
    Training(batch_size=256, lr=0.256, momentum=0.875, weight_decay=2**-15, warmup_epochs=5, label_smoothing=0.1),
    "signed-kaiming-constant",
    0.04,  # by the protocol `validation`: as many examples as the paper's own validation set has
    _POPUP,
    protocol="paper",
)


def _layerwise(epochs: int, lr: float, levels: int, fractions: Mapping[str, float]) -> Preset:
    """Fully-connected layers lose 20% a level; the output layer, and convolutions, what `fractions` says."""
    method = IterativeMagnitude(levels=levels, prune_fraction=0.2, layer_prune_fraction=fractions)
    return Preset(method, replace(_ADAM, epochs=epochs, lr=lr), "glorot-normal", 0.1, _TICKETS)


def _convolutions(epochs: int, lr: float, fraction: float) -> Preset:
    return _layerwise(epochs, lr, 24, {"features.*": fraction, "classifier.5": 0.1})


def _criterion(epochs: int, lr: float, head: str) -> Preset:
    """Same sign, large final, at k = 6 rounds of the paper's rates: 0.8^6, and 0.9^6 in the output layer."""
    method = Criterion(density=0.262, layer_density={head: 0.531}, mask_1_action="signed-constant")
    training = replace(Criterion.defaults, epochs=epochs, lr=lr)
    return Preset(method, training, "glorot-normal", 0.1, _SUPERMASKS, pixels="unit")


def _learned(method: Bernoulli) -> Preset:
    training = replace(Bernoulli.defaults, epochs=2000, lr=100.0)
    return Preset(method, training, "signed-glorot-constant", 1 / 12, _LEARNED, pixels="unit")


def _global(training: Training, levels: int, head: str) -> Preset:
    method = IterativeMagnitude(levels=levels, prune_fraction=0.2, layer_prune_fraction={head: 0.0}, scope="global")
    note = f"{_TICKETS}; the rate falls to a tenth at half and at three quarters of what follows the warm-up"
    return Preset(method, training, "glorot-normal", 0.1, note)


PRESETS: Mapping[str, Mapping[str, Preset]] = {
    "lottery-ticket": {
        "lenet-300-100": replace(_layerwise(55, 1.2e-3, 18, {"fc3": 0.1}), validation_fraction=1 / 12),
        "conv2": _convolutions(27, 2e-4, 0.1),
        "conv4": _convolutions(34, 3e-4, 0.1),
        "conv6": _convolutions(40, 3e-4, 0.15),
        "resnet-20": _global(replace(_SGD, epochs=85, warmup_epochs=57), 20, "head"),
        "vgg-19": _global(replace(_SGD, epochs=160, batch_size=64, lr=0.1, warmup_epochs=14), 24, "head"),
    },
    "criterion-supermask": {
        "lenet-300-100": replace(_criterion(55, 1.2e-3, "fc3"), validation_fraction=1 / 12),
        "conv2": _criterion(27, 2e-4, "classifier.5"),
        "conv4": _criterion(34, 3e-4, "classifier.5"),
        "conv6": _criterion(40, 3e-4, "classifier.5"),
    },
    "learned-supermask": {"lenet-300-100": _learned(Bernoulli(rescale=True))},
    "edge-popup-imagenet": dict.fromkeys(("resnet-50", "resnet-101", "wide-resnet-50"), _IMAGENET),
    "independent-study": {
        "mlp-200-30": Preset(
            Threshold(), Threshold.defaults, Threshold.weights, 1 / 12, _STUDY, protocol="paper", pixels="unit"
        ),
    },
}


def preset_named(name: str, model: str) -> Preset:
    """The preset called `name` for the model called `model`.

    Raises:
        UsageError: where there is none; the known ones are listed.

    >>> preset_named("lottery-ticket", "conv2").training.lr
    0.0002
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise unknown_name("preset", str(name), PRESETS)
    if model not in PRESETS[name]:
        known = ", ".join(PRESETS[name])
        raise UsageError(f"preset {name} has no settings for {model}: expected one of {known}, or settings of your own")
    return PRESETS[name][model]
