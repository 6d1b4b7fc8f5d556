"""One file per way of finding a ticket, over one engine."""

from tombola.search.engine import search
from tombola.search.found import Found, Method
from tombola.search.job import Job
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
from tombola.search.presets import PRESETS, Preset, preset_named
from tombola.search.registry import METHODS, method_named
from tombola.search.workspace import Workspace

__all__ = [
    "DNW",
    "METHODS",
    "PRESETS",
    "Bernoulli",
    "Biprop",
    "Criterion",
    "DenseTraining",
    "EdgePopup",
    "Filters",
    "Found",
    "Grasp",
    "IteRand",
    "IterativeMagnitude",
    "Job",
    "MagnitudeAtInit",
    "Method",
    "Preset",
    "RandomPruning",
    "SlotMachines",
    "Snip",
    "SynFlow",
    "Threshold",
    "UnitPopup",
    "WeightAgnostic",
    "Workspace",
    "method_named",
    "preset_named",
    "search",
]
