"""The engine all methods share: search, audit, compare, and keep the result."""

import copy
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.masks import Mask
from tombola.search.compare import Reference, references
from tombola.search.job import Found, Job, Method, Workspace
from tombola.search.measures import first_layer, layer_rows, score_histograms
from tombola.subnetwork import Subnetwork
from tombola.ticket import Architecture, Ticket
from tombola.ticket.tensors import named_digest
from tombola.training import Progress, RunFolder, make_fabric, prepared_process
from tombola.training.environment import environment, versions
from tombola.training.identity import SCHEMA, identity
from tombola.weights import Own, Recipe


def search(
    job: Job, method: Method, spec: dict[str, Any], folder: RunFolder, progress: Progress
) -> tuple[Ticket, dict[str, Any]]:
    """Find a ticket, measure it, and write `ticket` and `result.json` into the folder.

    Raises:
        DivergedError, CollapsedError: as the search does.
        RunFolderError: where the folder cannot be written.
    """
    began = time.perf_counter()
    workspace = Workspace(job, folder, make_fabric(job.training.precision), progress)
    with prepared_process():
        found = method.search(workspace)
        candidate = make_ticket(job, found, spec, {})
        audit = _audit(job, found.network, candidate)
        progress.say("Comparing with the whole network and a random mask …")
        comparison = list(_comparison(workspace, method, found, candidate))
    result = _result(workspace, found, candidate.mask, comparison) | {"audit": audit}
    ticket = make_ticket(job, found, spec, _headline(result))
    ticket.save(folder.ticket)
    seconds = found.fitted.resumed_seconds + time.perf_counter() - began
    result |= {"digest": ticket.digest, "sizes": ticket.sizes(), "seconds": seconds}
    result = {"schema": SCHEMA, "id": identity(spec)} | result
    write_json(folder.result, result)  # last: a folder that has it is a finished run
    return ticket, result


def make_ticket(job: Job, found: Found, spec: dict[str, Any], metrics: dict[str, Any]) -> Ticket:
    """The ticket of what a method found."""
    network = found.network
    return Ticket(
        Architecture(job.model.name, job.model.arguments, job.model.builtin),
        mask=network.mask,
        densities=found.densities,
        weights=job.weights if isinstance(job.weights, Recipe) else network.initial_weights(),
        state=network.unmasked_state(),
        spec=spec,
        metrics=metrics,
        provenance=versions() | {"run": identity(spec)},
    )


def _comparison(workspace: Workspace, method: Method, found: Found, ticket: Ticket) -> Iterator[dict[str, Any]]:
    job = workspace.job
    # The ticket is measured as whoever loads it will: built from what the file holds.
    built = ticket.build(copy.deepcopy(job.model.make()))
    kind = "own" if isinstance(job.weights, Own) else "untrained"
    own = Reference(method.title, kind, ticket.mask.density, ticket.mask.kept(), built)
    split, _ = job.final_split
    for network in chain([own], references(workspace, found)):
        scores = workspace.measure(network.network)
        row = {"name": network.name, "weights": network.weights, "density": network.density, "kept": network.kept}
        yield row | {f"{split}_{job.task.metric.name}": scores.metric, f"{split}_loss": scores.loss}


def _result(workspace: Workspace, found: Found, mask: Mask, comparison: list[dict[str, Any]]) -> dict[str, Any]:
    job, fitted = workspace.job, found.fitted
    split, _ = job.final_split
    metric = job.task.metric.name
    chosen = fitted.history[fitted.chosen_epoch - 1]
    test = {f"test_{key}": comparison[0].get(f"test_{key}") for key in (metric, "loss")}
    return {
        "metric": metric,
        "higher_is_better": job.task.metric.higher_is_better,
        "protocol": job.protocol,
        "evaluated_on": split,
        "chosen_epoch": fitted.chosen_epoch,
        **test,
        **{key: value for key, value in chosen.items() if key.startswith("validation_")},
        "density": mask.density,
        "kept": mask.kept(),
        "prunable": mask.numel(),
        "train_seconds": fitted.train_seconds,
        "step_seconds": fitted.step_seconds,
        "chance": 1 / job.data.classes if job.data.classes and metric == "accuracy" else None,
        "comparison": comparison,
        "layers": layer_rows(mask),
        "scores": score_histograms(found, mask),
        "first_layer": first_layer(mask, tuple(job.data.train.inputs.shape[1:])),
        "environment": environment(workspace.fabric, job.training.precision),
    }


def _headline(result: dict[str, Any]) -> dict[str, Any]:
    # Times stay out of the ticket: the same search gives the same file.
    keys = [key for key in result if key.startswith(("test_", "validation_"))]
    return {key: result[key] for key in ("metric", "evaluated_on", "protocol", "chosen_epoch", *keys)}


def _audit(job: Job, network: Subnetwork, ticket: Ticket) -> dict[str, Any]:
    """Prove that no weight moved: those held after the search are those it began with, bit for bit."""
    held = network.initial_weights()
    begun = ticket.initial_weights() if isinstance(job.weights, Recipe) else dict(job.model.make().named_parameters())
    before = {name: begun[name].detach().to(tensor) for name, tensor in held.items()}
    digests = [f"sha256:{named_digest('tombola audit', weights.items()).hex()}" for weights in (before, held)]
    if digests[0] != digests[1]:
        raise TombolaError("the weights changed during the search, which they never may: please report this")
    return {"weights_before": digests[0], "weights_after": digests[1], "equal": True}
