"""Recipes by name, and from the JSON of a spec."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from tombola.errors import UsageError, unknown_name
from tombola.weights.distributions import (
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
from tombola.weights.recipe import Recipe

RECIPES: dict[str, type[Recipe]] = {
    kind.name: kind
    for kind in (
        KaimingNormal,
        SignedGlorotConstant,
        SignedKaimingConstant,
        KaimingConstant,
        KaimingUniform,
        XavierNormal,
        SignedXavierConstant,
        GlorotNormal,
        GlorotNarrow,
        TorchDefault,
        Zeros,
    )
}


def recipe(name: str, /, **arguments: Any) -> Recipe:
    """The recipe called `name`.

    Args:
        name: a key of `RECIPES`.
        arguments: of its class: seed, fan, scaled.

    Raises:
        UsageError: where the name is unknown, the nearest known ones are offered; where an
            argument is not one of this recipe's.

    >>> recipe("kaiming-normal", seed=3)
    KaimingNormal(seed=3, scaled=False, fan='fan_in')
    """
    if name not in RECIPES:
        raise unknown_name("weights", name, RECIPES)
    known = _fields(name)
    if unknown := sorted(set(arguments) - set(known)):
        raise UsageError(f"weights {name} take no {', '.join(unknown)}: expected {', '.join(known)}")
    return RECIPES[name](**arguments)


def recipe_from_spec(spec: Mapping[str, Any]) -> Recipe:
    """The recipe that `Recipe.to_spec` wrote; nothing may be missing, so no default can creep in.

    Raises:
        UsageError: for anything else.

    >>> recipe_from_spec({"distribution": "torch-default", "seed": 1, "scaled": False})
    TorchDefault(seed=1, scaled=False)
    """
    arguments = dict(spec) if isinstance(spec, Mapping) else {}
    name = arguments.pop("distribution", None)
    if not isinstance(name, str):
        raise UsageError(f"recipe {spec!r:.100}: expected an object with a 'distribution'")
    made = recipe(name, **{str(key): value for key, value in arguments.items()})
    if missing := sorted(set(_fields(name)) - set(arguments)):
        raise UsageError(f"recipe {name} lacks {', '.join(missing)}")
    return made


def _fields(name: str) -> list[str]:
    return [field.name for field in dataclasses.fields(RECIPES[name])]
