"""What identifies a run: everything that was chosen, as JSON."""

import hashlib
import re
from dataclasses import asdict
from typing import Any

import torch
from torch import nn

from tombola.data import DataSet
from tombola.search import Job, Method
from tombola.subnetwork import prunable_layout
from tombola.ticket.tensors import holdable, named_digest
from tombola.training.code import code_digest
from tombola.training.tasks import qualified
from tombola.weights import Recipe


def describe(job: Job, method: Method, validation_fraction: float, pixels: str) -> dict[str, Any]:
    """The whole spec of a run, defaults included: what identifies it."""
    return {
        "model": _model_spec(job),
        "data": _data_spec(job.data),
        "method": method.to_spec(),
        "weights": job.weights.to_spec() if isinstance(job.weights, Recipe) else {"distribution": "own"},
        "training": asdict(job.training),
        "seeds": asdict(job.seeds),
        "protocol": job.protocol,
        "validation_fraction": validation_fraction,
        "pixels": pixels,
        "task": {
            "loss": job.task.loss_name,
            "metric": job.task.metric.name,
            "metric_function": qualified(job.task.metric.per_example),
            "higher_is_better": job.task.metric.higher_is_better,
        },
        "include": list(job.include),
        "exclude": list(job.exclude),
        "compare": job.compare,
        **({} if job.data.train.in_memory else {"image_size": job.data.train.shape[-1]}),
    }


def _data_spec(data: DataSet) -> dict[str, Any]:
    """What the data is; its name and where it came from are for people, see `identity`."""
    usual = data.preparation
    preparation = asdict(usual) | {"mean": list(usual.mean), "std": list(usual.std)}
    named = {"name": data.name, "source": data.source}
    return named | {"fingerprint": data.fingerprint, "preparation": preparation}


def _model_spec(job: Job) -> dict[str, Any]:
    named = {"name": job.model.name, "arguments": dict(job.model.arguments)}
    if job.model.builtin:
        return named
    model = job.model.make()
    prunable_layout(model, job.include, job.exclude)  # a lazy layer has no state to describe
    tensors = ((name, tensor) for name, tensor in model.state_dict().items() if torch.is_tensor(tensor))
    state = [(name, holdable(name, tensor).detach().cpu()) for name, tensor in tensors]
    return named | {"state": named_digest("tombola model", state).hex(), "code": model_code(model)}


def model_code(model: nn.Module) -> str:
    """A digest of what the model computes: its parts with their settings, and the code of its own classes."""
    kinds = {type(module) for module in model.modules()}
    own = sorted(
        (kind for kind in kinds if not kind.__module__.startswith("torch.")), key=lambda kind: kind.__qualname__
    )
    text = [re.sub(r" at 0x[0-9a-f]+", "", repr(model)), *(f"{kind.__qualname__} {code_digest(kind)}" for kind in own)]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]
