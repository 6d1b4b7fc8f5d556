"""Data sets as tensors, loaded whole or, where they are large images, read batch by batch; batched and augmented."""

from tombola.data.batches import batch_order, batches, evaluation_batches
from tombola.data.checks import check_labels
from tombola.data.examples import Examples
from tombola.data.holdout import split_validation
from tombola.data.image_files import ImageSplit
from tombola.data.load import load
from tombola.data.preparation import Preparation
from tombola.data.values import DataSet, Split

__all__ = [
    "DataSet",
    "Examples",
    "ImageSplit",
    "Preparation",
    "Split",
    "batch_order",
    "batches",
    "check_labels",
    "evaluation_batches",
    "load",
    "split_validation",
]
