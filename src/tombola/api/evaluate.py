"""Evaluate a ticket that was loaded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tombola import data as datasets
from tombola import training
from tombola.data import DataSet
from tombola.errors import DataError, UsageError, unknown_name
from tombola.ticket import Ticket, load
from tombola.training import Task


@training.own_modes()
def evaluate(
    found: Ticket | str | Path, data: Any, model: nn.Module | None = None, split: str = "test"
) -> dict[str, Any]:
    """Loss and metric of a ticket on a split of a data set, in float32.

    Where the ticket was found on this data and part of the training examples was held out for
    validation, the same part is `validation` here, and is not in `train`.

    Args:
        found: the ticket, or the path of its file.
        data: as `find`.
        model: a module of the ticket's architecture, where that is not one of ours; filled in place.
        split: `test`, `validation` or `train`.

    Raises:
        UsageError: where the data has no such split, or does not fit the model.
    """
    found = found if isinstance(found, Ticket) else load(found)
    loaded = datasets.load(data).with_pixels(found.spec.get("pixels", "standardised"))
    loaded = loaded.standardised_as(_preparation(found.spec))
    loaded = _as_searched(found.spec, loaded.with_image_size(usual=found.spec.get("image_size")))
    examples = {"train": loaded.train, "validation": loaded.validation, "test": loaded.test}
    if not isinstance(split, str) or split not in examples:
        raise unknown_name("split", str(split), examples)
    chosen = examples[split]
    if chosen is None:
        has = ", ".join(name for name, part in examples.items() if part is not None)
        raise DataError(f"{loaded.name} has no {split} examples: it has {has}")
    network = found.build(model)
    task = training.make_task(*_task_of(found), classes=loaded.classes)
    check_takes(network, loaded, task, found.architecture.name.rpartition(":")[2])
    scores = training.evaluate(network, chosen, loaded.preparation, task)
    figures = {f"{split}_{task.metric.name}": scores.metric, f"{split}_loss": scores.loss}
    return {**figures, "split": split, "examples": len(chosen), "data": loaded.name}


def _preparation(spec: Mapping[str, Any]) -> Any:
    data = spec.get("data")
    return data.get("preparation") if isinstance(data, Mapping) else None


def _as_searched(spec: Mapping[str, Any], data: DataSet) -> DataSet:
    """The data with the validation examples that the search held out, where it did and this is the search's data."""
    of, seeds, fraction = spec.get("data"), spec.get("seeds"), spec.get("validation_fraction")
    seed = seeds.get("split_seed") if isinstance(seeds, Mapping) else None
    # A ticket may say anything of itself: what is no fraction and no seed held nothing out.
    if not (isinstance(fraction, float) and 0 < fraction < 1 and isinstance(seed, int) and 0 <= seed < 2**63):
        return data
    is_its_data = isinstance(of, Mapping) and of.get("fingerprint") == data.fingerprint
    is_held_out = is_its_data and spec.get("protocol") == "validation"
    return datasets.split_validation(data, fraction, seed) if is_held_out else data


def _task_of(found: Ticket) -> tuple[str | None, str | None]:
    task = found.spec.get("task")
    known = task if isinstance(task, Mapping) else {}
    loss, metric = known.get("loss"), known.get("metric")
    return (
        loss if isinstance(loss, str) and loss in training.LOSSES else None,
        metric if isinstance(metric, str) and metric in training.METRICS else None,
    )


def check_takes(network: nn.Module, data: DataSet, task: Task, name: str) -> None:
    """Raise `UsageError` where a network does not take the data's inputs, or its outputs do not fit the task."""
    inputs = data.preparation(data.train.first(1))
    try:
        with torch.no_grad():
            outputs = network.eval()(inputs)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        takes = getattr(network, "input_shape", None)
        allowed = f"expected {takes}" if takes else str(error).split("\n")[0]
        raise UsageError(f"{name} does not take inputs of shape {tuple(inputs.shape[1:])}: {allowed}") from error
    training.check_outputs(outputs, data.train.targets[:1], task, data.classes, name)
