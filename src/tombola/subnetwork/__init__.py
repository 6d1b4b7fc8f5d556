"""A user's model seen through a mask: which tensors are prunable, and the module that evaluates them masked."""

from tombola.subnetwork.canonical import canonical_tensors, unmasked_state
from tombola.subnetwork.choices import NOfM, TopCounts, TopEverywhere
from tombola.subnetwork.collapse import silent_layers
from tombola.subnetwork.held import HeldMask
from tombola.subnetwork.layout import Layout
from tombola.subnetwork.live import live_units
from tombola.subnetwork.prunable import prunable_layout
from tombola.subnetwork.selectors import FixedMask, Selector, TopScores
from tombola.subnetwork.skeleton import untrained_copy
from tombola.subnetwork.straight_through import spread
from tombola.subnetwork.subnetwork import Subnetwork

__all__ = [
    "FixedMask",
    "HeldMask",
    "Layout",
    "NOfM",
    "Selector",
    "Subnetwork",
    "TopCounts",
    "TopEverywhere",
    "TopScores",
    "canonical_tensors",
    "live_units",
    "prunable_layout",
    "silent_layers",
    "spread",
    "unmasked_state",
    "untrained_copy",
]
