"""The methods by name: one line each."""

from dataclasses import fields
from typing import Any

from tombola.errors import UsageError, unknown_name
from tombola.search.found import Method
from tombola.search.methods.bernoulli import Bernoulli
from tombola.search.methods.biprop import Biprop
from tombola.search.methods.criterion import Criterion
from tombola.search.methods.dense_training import DenseTraining
from tombola.search.methods.dnw import DNW
from tombola.search.methods.edge_popup import EdgePopup
from tombola.search.methods.filters import Filters
from tombola.search.methods.grasp import Grasp
from tombola.search.methods.iterand import IteRand
from tombola.search.methods.magnitude_at_init import MagnitudeAtInit
from tombola.search.methods.magnitude_pruning import IterativeMagnitude
from tombola.search.methods.random_pruning import RandomPruning
from tombola.search.methods.slot_machines import SlotMachines
from tombola.search.methods.snip import Snip
from tombola.search.methods.synflow import SynFlow
from tombola.search.methods.threshold import Threshold
from tombola.search.methods.unit_popup import UnitPopup
from tombola.search.methods.weight_agnostic import WeightAgnostic

KINDS: tuple[type[Any], ...] = (
    # a mask for weights that are never trained
    EdgePopup,
    Bernoulli,
    Biprop,
    IteRand,
    SlotMachines,
    UnitPopup,
    WeightAgnostic,
    # a mask from a trained network
    IterativeMagnitude,
    Criterion,
    Threshold,
    Filters,
    # a mask and weights that are trained together
    DNW,
    # a mask before training
    Snip,
    Grasp,
    SynFlow,
    MagnitudeAtInit,
    RandomPruning,
    # no mask at all: what the others are measured against
    DenseTraining,
)
METHODS: dict[str, type[Any]] = {kind.name: kind for kind in KINDS}


def method_named(name: str, **settings: Any) -> Method:
    """The method called `name`.

    Raises:
        UsageError: for an unknown name, or settings that the method does not have or refuses.

    >>> method_named("edge-popup", density=0.3).to_spec()["density"]
    0.3
    """
    if name not in METHODS:
        raise unknown_name("method", name, METHODS)
    known = [field.name for field in fields(METHODS[name])]
    if unknown := [setting for setting in settings if setting not in known]:
        raise UsageError(f"method {name} has no {' and no '.join(unknown)}: expected {', '.join(known)}")
    method: Method = METHODS[name](**settings)
    return method
