"""Where untrained weights come from: distribution and seed, the same bits on every machine."""

from tombola.weights.distributions import (
    Fan,
    GlorotNarrow,
    GlorotNormal,
    KaimingConstant,
    KaimingNormal,
    KaimingUniform,
    SignedGlorotConstant,
    SignedKaimingConstant,
    SignedXavierConstant,
    TorchDefault,
    XavierNormal,
    Zeros,
)
from tombola.weights.recipe import Own, Recipe, Weights
from tombola.weights.registry import RECIPES, recipe, recipe_from_spec

__all__ = [
    "RECIPES",
    "Fan",
    "GlorotNarrow",
    "GlorotNormal",
    "KaimingConstant",
    "KaimingNormal",
    "KaimingUniform",
    "Own",
    "Recipe",
    "SignedGlorotConstant",
    "SignedKaimingConstant",
    "SignedXavierConstant",
    "TorchDefault",
    "Weights",
    "XavierNormal",
    "Zeros",
    "recipe",
    "recipe_from_spec",
]
