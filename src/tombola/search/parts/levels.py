"""One level of iterative pruning after the other: what is trained, from where, and what is kept of it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from tombola.errors import CollapsedError
from tombola.files import write_text
from tombola.masks import Mask, kept_count, select_global, select_layerwise
from tombola.search.collapse import CollapseCheck
from tombola.search.found import Found
from tombola.search.parts.pruning_schedule import Level
from tombola.search.parts.retraining import differing, retraining_settings
from tombola.search.tickets import Tickets, weights_audit
from tombola.search.workspace import Workspace
from tombola.subnetwork import (
    HeldMask,
    Layout,
    Subnetwork,
    prunable_layout,
    unmasked_state,
    untrained_copy,
)
from tombola.training import Fitted
from tombola.weights import Own

if TYPE_CHECKING:
    from tombola.search.methods.magnitude_pruning import IterativeMagnitude

Record = dict[str, Any]


class LevelRun:
    """The levels of one run. Each is a training that is resumed, or read where it is finished.

    Args:
        workspace: of the search.
        method: its settings.
        rewind: iteration that training returns to.
    """

    def __init__(self, workspace: Workspace, method: "IterativeMagnitude", rewind: int) -> None:
        job = workspace.job
        self._workspace, self._method, self._rewind = workspace, method, rewind
        self._model = job.model.make()
        self._settings = retraining_settings(method.retraining, job.training)
        self.layout: Layout = prunable_layout(self._model, job.include, job.exclude)

    def dense(self) -> Found:
        """Level 0: the whole network, trained; its values at the rewind step are kept."""
        whole = Mask({name: torch.ones(shape, dtype=torch.bool) for name, shape in self.layout.by_name.items()})
        network = self._untrained()
        self._check(whole, 0, network)
        fitted = self._train(0, network, 1.0, start=0, snapshot=self._rewind)
        at_rewind = self._untrained()
        self._workspace.load_snapshot(_name(0), at_rewind)
        weights, state = self._begin(at_rewind, whole)
        densities = dict.fromkeys(self.layout.names, 1.0)
        found = Found(whole, densities, weights, state, fitted, network, start_step=self._rewind)
        return self._closed(0, found, ())

    def next(self, level: Level, before: Found) -> Found:
        """The level after `before`: prune by what its training ended with, go back, train again."""
        network = self._untrained()
        self._workspace.load_end(_name(level.index - 1), network)
        mask = self._pruned(level, network, before.mask)
        if self._method.retraining == "weight-rewinding":
            self._workspace.load_snapshot(_name(0), network)
        self._check(mask, level.index, network)
        weights, state = self._begin(network, mask)
        with HeldMask(network, mask):
            fitted = self._train(level.index, network, mask.density, start=self._rewind)
        found = Found(
            mask,
            level.densities,
            weights,
            state,
            fitted,
            network,
            start_step=self._rewind,
            training=differing(self._settings, self._workspace.job.training),
        )
        return self._closed(level.index, found, before.levels)

    def trained(self, level: int) -> nn.Module:
        """The network that a level's training led to, by the job's protocol."""
        network = self._untrained()
        if self._workspace.job.protocol == "validation":
            self._workspace.load_chosen(_name(level), network)
        else:
            self._workspace.load_end(_name(level), network)
        return network

    def _untrained(self) -> nn.Module:
        return untrained_copy(self._model, self.layout, self._workspace.job.weights).to(self._workspace.fabric.device)

    def _begin(self, network: nn.Module, mask: Mask) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Copies of what the network's training begins from: the weights of the ticket, and all else.

        Weights that were never trained are given whole, since a recipe can stand for them; of
        trained ones those that are removed are zero.
        """
        untouched = self._method.retraining == "weight-rewinding" and self._rewind == 0
        weights = {name: network.get_parameter(name).detach().cpu().clone() for name in mask}
        if not untouched:
            weights = {name: tensor.masked_fill(~mask[name], 0) for name, tensor in weights.items()}
        state = {name: tensor.cpu().clone() for name, tensor in unmasked_state(network, mask).items()}
        return weights, state

    def _pruned(self, level: Level, trained: nn.Module, before: Mask) -> Mask:
        # What was removed ranks below the smallest that is kept, also below one that is exactly zero.
        scores = {
            name: trained.get_parameter(name).detach().abs().cpu().masked_fill(~before[name], -1.0)
            for name in self.layout.names
        }
        sizes = self.layout.sized
        if self._method.scope == "layerwise":
            return select_layerwise(scores, {name: kept_count(level.densities[name], sizes[name]) for name in scores})
        whole = {name: before[name] for name, density in level.densities.items() if density == 1}
        ranked = {name: values for name, values in scores.items() if name not in whole}
        count = round(sum(level.densities[name] * sizes[name] for name in ranked))
        chosen = select_global(ranked, max(1, count)) if ranked else Mask({})
        return Mask({name: whole[name] if name in whole else chosen[name] for name in scores})

    def _check(self, mask: Mask, level: int, network: nn.Module) -> None:
        """Refuse a mask that cuts a layer off, as the values have it that training begins from."""
        job = self._workspace.job
        masked = Subnetwork(network, mask, Own(), include=job.include, exclude=job.exclude)
        try:
            CollapseCheck(masked, job)()
        except CollapsedError as error:
            kept = f"; the levels before are kept in {self._workspace.folder.levels}" if level else ""
            raise CollapsedError(f"level {level} (density {mask.density:.3g}): {error}{kept}") from error

    def _train(self, level: int, network: nn.Module, density: float, start: int, snapshot: int | None = None) -> Fitted:
        workspace, settings = self._workspace, self._workspace.job.training
        return workspace.train(
            _name(level),
            network,
            self._settings if level else settings,
            choose="loss" if workspace.job.protocol == "validation" else "last",
            start=start,
            snapshot=snapshot,
            facts={"level density": f"{density:.3g}"},
            record=lambda rows: workspace.folder.write_metrics(rows, level),
        )

    def _closed(self, level: int, found: Found, before: tuple[Record, ...]) -> Found:
        """Measure a trained level, and leave its ticket and its record in the run's folder."""
        workspace, folder = self._workspace, self._workspace.folder.level(level)
        assert found.trained is not None
        record = self._record(level, found, found.trained)
        folder.mkdir(parents=True, exist_ok=True)
        tickets = Tickets(workspace.job, found, workspace.spec, weights_audit(workspace.job, found)["equal"])
        tickets.initial(record | {"trained": True, "training": dict(found.training)}).save(folder / "ticket")
        levels = (*before, record | {"seconds": found.fitted.train_seconds})
        write_text(workspace.folder.levels / "levels.jsonl", "".join(json.dumps(row) + "\n" for row in levels))
        return replace(found, levels=levels)

    def _record(self, level: int, found: Found, network: nn.Module) -> Record:
        workspace, history = self._workspace, found.fitted.history
        metric = workspace.job.task.metric.name
        held_out, (split, _) = workspace.job.held_out[0], workspace.job.final_split
        stop = min(history, key=lambda row: row[f"{held_out}_loss"])  # the earliest of the lowest
        reported = workspace.measure(network)
        ended = self._untrained()
        workspace.load_end(_name(level), ended)
        final = workspace.measure(ended)
        return {
            "level": level,
            "density": found.mask.density,
            "kept": found.mask.kept(),
            "prunable": found.mask.numel(),
            "start_step": found.start_step,
            "end_step": history[-1]["step"],
            "early_stop_step": stop["step"],
            "early_stop_epoch": stop["epoch"],
            "early_stop_split": held_out,
            **{f"early_stop_{key}": stop[f"{held_out}_{key}"] for key in ("loss", metric)},
            f"{split}_{metric}": reported.metric,
            f"{split}_loss": reported.loss,
            f"final_{split}_{metric}": final.metric,
            f"final_{split}_loss": final.loss,
            "ticket": f"levels/{level:02}/ticket",
        }


def _name(level: int) -> str:
    return f"level-{level:02}"
