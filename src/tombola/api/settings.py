"""A run in flat settings, one name each: as the command line, a study's axes and a YAML file write it."""

import inspect
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tombola.api.given import arguments_of, seeds_of
from tombola.api.plan import Plan, plan
from tombola.errors import UsageError, unknown_name
from tombola.search import METHODS, EdgePopup, Method, Preset, method_named, preset_named
from tombola.training import Training
from tombola.weights import RECIPES, Own, Weights, recipe

Settings = Mapping[str, Any]

METHOD = frozenset(field.name for kind in METHODS.values() for field in fields(kind))
TRAINING = frozenset(field.name for field in fields(Training))
WEIGHTS = frozenset(field.name for kind in RECIPES.values() for field in fields(kind)) - {"seed"}
PLAN = frozenset(inspect.signature(plan).parameters) - {"settings"}
NAMES = METHOD | TRAINING | WEIGHTS | PLAN
MODEL_ARGUMENT = "model_arguments."


def plan_of(settings: Settings) -> Plan:
    """The plan of a run, from flat settings.

    Args:
        settings: by the names of `plan`, of the method's own fields, of `Training` and of the recipe's:
            `{"model": "conv2", "data": "cifar10", "method": "edge-popup", "density": 0.3, "epochs": 5}`.
            An argument of the model may stand alone, as `model_arguments.width`.

    Raises:
        UsageError: where a name is unknown, or a value is refused; the message says what is allowed.

    >>> plan_of({"model": "digits-mlp", "data": "digits", "density": 0.3, "epochs": 5}).method
    EdgePopup(density=0.3, layer_density={}, scope='layerwise', allocation='uniform', n_of_m=None)
    """
    check_names(settings)
    for required in ("model", "data"):
        if required not in settings:
            raise UsageError(f"{required} is missing: expected model and data, such as digits-mlp and digits")
    preset = preset_named(settings["preset"], str(settings["model"])) if settings.get("preset") else None
    method = _method(settings, preset)
    chosen = {
        "method": method,
        "weights": _weights(settings, preset.weights if preset else method.weights),
        "model_arguments": _model_arguments(settings),
    }
    return plan(**_chosen(settings, PLAN | TRAINING) | chosen)


def check_names(settings: Settings) -> None:
    """Raise `UsageError` for the first name that is no setting."""
    for name in settings:
        if name not in NAMES and not name.startswith(MODEL_ARGUMENT):
            raise unknown_name("setting", name, NAMES)


def _chosen(settings: Settings, names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name in names}


def _method(settings: Settings, preset: Preset | None) -> Method:
    """The method with the settings given; of a preset's method those that are given are replaced."""
    name, given = settings.get("method"), _chosen(settings, METHOD)
    if name is not None and not isinstance(name, str):
        raise UsageError(f"method={name!r}: expected a name, its settings beside it")
    if preset is not None and name in (None, preset.method.name):
        return preset.method_with(given)
    return method_named(EdgePopup.name if name is None else name, **given)


def _weights(settings: Settings, default: str) -> Weights | str:
    name, given = settings.get("weights"), _chosen(settings, WEIGHTS)
    name = default if name is None else name
    if not given or not isinstance(name, str):
        return name  # which `plan` checks
    if name == Own.name:
        raise UsageError(f"weights=own are taken as they are: expected no {' and no '.join(sorted(given))}")
    return recipe(name, seed=seeds_of(settings.get("seed", 0)).init_seed, **given)


def _model_arguments(settings: Settings) -> dict[str, Any]:
    alone = {name: value for name, value in settings.items() if name.startswith(MODEL_ARGUMENT)}
    return arguments_of(settings.get("model_arguments")) | {
        name.removeprefix(MODEL_ARGUMENT): value for name, value in alone.items()
    }
