"""The engine all methods share: search, audit, compare, and keep the result."""

import copy
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any

from tombola.errors import TombolaError
from tombola.files import write_json
from tombola.search.compare import Reference, references
from tombola.search.found import Found, Method
from tombola.search.job import Job
from tombola.search.measures import first_layer, layer_rows, score_histograms
from tombola.search.tickets import Tickets, weights_audit
from tombola.search.workspace import Workspace
from tombola.subnetwork.units import units_of
from tombola.ticket import Ticket
from tombola.training import Progress, RunFolder, make_fabric, prepared_process
from tombola.training.environment import environment
from tombola.training.identity import SCHEMA, identity
from tombola.training.store import TrainingStore
from tombola.weights import Own


def search(
    job: Job,
    method: Method,
    spec: dict[str, Any],
    folder: RunFolder,
    progress: Progress,
    store: TrainingStore | None = None,
) -> tuple[Ticket, dict[str, Any]]:
    """Find a ticket, measure it, and write `ticket` and `result.json` into the folder.

    A method that trains its ticket leaves the trained network too, as `trained`.

    Raises:
        DivergedError, CollapsedError: as the search does.
        RunFolderError: where the folder cannot be written.
    """
    began = time.perf_counter()
    workspace = Workspace(job, spec, folder, make_fabric(job.training.precision), progress, store)
    with prepared_process():
        found = method.search(workspace)
        audit = weights_audit(job, found)
        if not (audit["equal"] or method.moves_weights):
            raise TombolaError("the weights changed during the search, which they never may: please report this")
        tickets = Tickets(job, found, spec, audit["equal"])
        progress.say("Comparing with the whole network and a random mask …")
        comparison = list(_comparison(workspace, method, tickets))
    result = _result(workspace, found, comparison) | {"audit": audit}
    ticket = tickets.initial(_headline(result))
    ticket.save(folder.ticket)
    if found.trained is not None:
        tickets.trained(_headline(result)).save(folder.trained)
    seconds = found.fitted.resumed_seconds + time.perf_counter() - began
    result |= {"digest": ticket.digest, "sizes": ticket.sizes(), "seconds": seconds}
    result = {"schema": SCHEMA, "id": identity(spec)} | result
    write_json(folder.result, result)  # last: a folder that has it is a finished run
    return ticket, result


def _comparison(workspace: Workspace, method: Method, tickets: Tickets) -> Iterator[dict[str, Any]]:
    job = workspace.job
    split, _ = job.final_split
    for network in chain(_own(method, tickets), references(workspace, tickets.found)):
        scores = workspace.measure(network.network)
        row = {"name": network.name, "weights": network.weights, "density": network.density, "kept": network.kept}
        yield row | {f"{split}_{job.task.metric.name}": scores.metric, f"{split}_loss": scores.loss}


def _own(method: Method, tickets: Tickets) -> Iterator[Reference]:
    """What was found; each network is measured as whoever loads its ticket will, built from what the file holds."""
    job, found = tickets.job, tickets.found
    kind = "own" if isinstance(job.weights, Own) else "untrained"
    size = (found.mask.density, found.mask.kept())
    name = method.title
    if found.trained is not None:
        yield Reference(name, "trained", *size, tickets.trained({}).build(copy.deepcopy(job.model.make())))
        name = "the same before training"
        kind = kind if tickets.untouched else "rewound" if found.start_step else "given"
    yield Reference(name, kind, *size, tickets.initial({}).build(copy.deepcopy(job.model.make())))


def _result(workspace: Workspace, found: Found, comparison: list[dict[str, Any]]) -> dict[str, Any]:
    job, fitted, mask = workspace.job, found.fitted, found.mask
    split, _ = job.final_split
    metric = job.task.metric.name
    chosen = fitted.chosen_row if fitted.history else {"epoch": None}
    test = {f"test_{key}": comparison[0].get(f"test_{key}") for key in (metric, "loss")}
    return {
        "metric": metric,
        "higher_is_better": job.task.metric.higher_is_better,
        "protocol": job.protocol,
        "evaluated_on": split,
        "trained": found.trained is not None,
        "start_step": found.start_step,
        "training": dict(found.training),
        "chosen_epoch": chosen["epoch"],
        **test,
        **{key: value for key, value in chosen.items() if key.startswith("validation_")},
        "density": mask.density,
        "kept": mask.kept(),
        "prunable": mask.numel(),
        "train_seconds": fitted.train_seconds,
        "step_seconds": fitted.step_seconds,
        "chance": 1 / job.data.classes if job.data.classes and metric == "accuracy" else None,
        "comparison": comparison,
        "levels": list(found.levels),
        "figures": dict(found.figures),
        "layers": layer_rows(mask, units_of(job.model.make(), mask)),
        "scores": score_histograms(found),
        "first_layer": first_layer(mask, job.data.train.shape),
        "environment": environment(workspace.fabric, job.training.precision),
    }


def _headline(result: dict[str, Any]) -> dict[str, Any]:
    # Times stay out of the ticket: the same search gives the same file.
    keys = [key for key in result if key.startswith(("test_", "validation_"))]
    return {
        key: result[key]
        for key in ("metric", "evaluated_on", "protocol", "trained", "start_step", "training", "chosen_epoch", *keys)
    }
