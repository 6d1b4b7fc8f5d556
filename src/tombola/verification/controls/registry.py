"""The controls by name."""

from tombola.errors import unknown_name
from tombola.verification.controls.control import Control
from tombola.verification.controls.masks import DENSE, RANDOM, SHUFFLED, dense, random_mask, shuffled_mask
from tombola.verification.controls.narrow import NARROW, dense_equal_parameters
from tombola.verification.controls.signs import FLIPPED, RANDOM_SIGNS, SAME, flipped_signs, random_signs, same_signs
from tombola.verification.controls.weights import FRESH, PERMUTED, fresh_weights, permuted_weights

CONTROLS: dict[str, Control] = {
    control.name: control
    for control in (
        Control(
            RANDOM,
            "random mask",
            changes="which weights are kept",
            keeps="how many each layer keeps, all initial weights, the state",
            make=random_mask,
        ),
        Control(
            SHUFFLED,
            "shuffled mask",
            changes="the order of each layer's mask",
            keeps="how many each layer keeps, all initial weights, the state",
            make=shuffled_mask,
        ),
        Control(
            FRESH,
            "fresh weights",
            changes="the initial weights: another draw from the same recipe",
            keeps="the mask, the distribution of the weights, the state",
            make=fresh_weights,
        ),
        Control(
            PERMUTED,
            "permuted weights",
            changes="which kept weight has which value",
            keeps="the mask, the values kept in each layer, the state",
            make=permuted_weights,
        ),
        Control(
            SAME,
            "same signs",
            changes="the magnitude of the initial weights: another draw from the same recipe",
            keeps="the mask, the sign of every weight, the state",
            make=same_signs,
        ),
        Control(
            FLIPPED,
            "flipped signs",
            changes="the sign of every initial weight",
            keeps="the mask, the magnitude of every weight, the state",
            make=flipped_signs,
        ),
        Control(
            RANDOM_SIGNS,
            "random signs",
            changes="the sign of each initial weight, by chance",
            keeps="the mask, the magnitude of every weight, the state",
            make=random_signs,
        ),
        Control(
            DENSE,
            "whole network",
            changes="the mask: every weight is kept",
            keeps="all initial weights, the state",
            make=dense,
        ),
        Control(
            NARROW,
            "dense network of equal size",
            changes="the architecture: narrower, every weight kept, weights drawn anew",
            keeps="the number of weights, as nearly as a width reaches it; the recipe",
            make=dense_equal_parameters,
        ),
    )
}


def control_named(name: str) -> Control:
    """The control called `name`.

    Raises:
        UsageError: where there is none; the nearest known names are offered.

    >>> control_named("random-mask").changes
    'which weights are kept'
    """
    if name not in CONTROLS:
        raise unknown_name("control", name, CONTROLS)
    return CONTROLS[name]
