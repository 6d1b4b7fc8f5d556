"""Data sets as tensors: loaded whole, decoded once, batched and augmented on the device."""

from tombola.data.batches import batch_order, batches, evaluation_batches
from tombola.data.checks import check_labels
from tombola.data.holdout import split_validation
from tombola.data.load import load
from tombola.data.preparation import Preparation
from tombola.data.values import DataSet, Split

__all__ = [
    "DataSet",
    "Preparation",
    "Split",
    "batch_order",
    "batches",
    "check_labels",
    "evaluation_batches",
    "load",
    "split_validation",
]
