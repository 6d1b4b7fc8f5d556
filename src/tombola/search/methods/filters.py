r"""Filter pruning: train, remove the filters and neurons with the smallest weights, train what is left.

Unit $j$ of a layer, with the weights $w_{j1}, \dots, w_{jn}$, is ranked by $\lVert w_j \rVert_1 = \sum_i |w_{ji}|$
at the end of training. Each layer keeps its highest; a unit is kept or removed as a whole.

What is left is trained again: `fine-tuning`, from the trained values at the schedule's last learning
rate; `lr-rewinding`, from the trained values with the whole schedule; `weight-rewinding`, from the
initial values with the whole schedule.

Source: Li, Kadav, Durdanovic, Samet & Graf, "Pruning Filters for Efficient ConvNets", ICLR 2017,
arXiv 1608.08710; modes of retraining: Renda, Frankle & Carbin, ICLR 2020.

Where this differs from the paper: neurons, channels and embedding features are units as filters are;
every layer but the output layer loses the same fraction unless `layer_density` says otherwise (the
paper spares layers it found sensitive, and the last layer of a residual block); retraining is as long
as training. A removed unit stays in the tensors: its weights are zero, and so are, and stay, its bias
and the scale and shift of a normalisation that reads its layer alone. It says exactly nothing then,
where the activation function maps zero to zero; otherwise (a sigmoid) it says what that makes of zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from tombola.errors import check_name
from tombola.masks import Mask
from tombola.search.collapse import CollapseCheck
from tombola.search.found import Found, SearchTrainings
from tombola.search.job import Job
from tombola.search.parts.dense import after, train_dense
from tombola.search.parts.retraining import RETRAINING, differing, retraining_settings
from tombola.search.parts.unit_budget import UnitBudget, kept_units
from tombola.search.workspace import Workspace
from tombola.subnetwork import HeldMask, Layout, Subnetwork, prunable_layout, unmasked_state, untrained_copy
from tombola.subnetwork.passing import idle_weights
from tombola.training import Training
from tombola.weights import Own


@dataclass(frozen=True)
class Filters(UnitBudget):
    """Filter pruning and its settings, besides those of `UnitBudget`.

    Args:
        retraining: `fine-tuning`, `lr-rewinding` or `weight-rewinding`.

    Raises:
        UsageError: where a value is not allowed.

    >>> Filters(density=0.7, retraining="fine")
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: unknown retraining 'fine': did you mean 'fine-tuning'?
    Known: fine-tuning, lr-rewinding, weight-rewinding
    """

    name: ClassVar[str] = "filters"
    title: ClassVar[str] = "filter pruning"
    defaults: ClassVar[Training] = Training(epochs=160, schedule="step")
    weights: ClassVar[str] = "kaiming-normal"
    moves_weights: ClassVar[bool] = True

    retraining: Literal["weight-rewinding", "lr-rewinding", "fine-tuning"] = "fine-tuning"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_name("retraining", self.retraining, RETRAINING)

    def trainings(self, _: Layout) -> SearchTrainings:
        """The dense network's and the ticket's."""
        return SearchTrainings(begins_dense=True)

    def search(self, workspace: Workspace) -> Found:
        """Train the dense network, remove units, train again.

        Raises:
            CollapsedError: where the units that are left say nothing.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        units = kept_units(self, workspace, layout)
        dense = train_dense(workspace, layout, choose="last")
        norms = unit_norms(layout, dense.final)
        kept = units.choice(norms)
        mask = Mask(layout.named(layout.of_units(kept)))
        network = untrained_copy(model, layout, job.weights)
        if self._is_trained:
            workspace.load_end("dense", network)
        weights = {name: network.get_parameter(name).detach().cpu().clone() for name in mask}
        vectors = units.vectors(kept)
        held = Mask({**mask, **vectors})
        _check(network, mask, vectors, job)
        with HeldMask(network, held):
            state = {name: tensor.cpu().clone() for name, tensor in unmasked_state(network, mask).items()}
            settings = retraining_settings(self.retraining, job.training)
            fitted = workspace.train(
                "ticket",
                network,
                settings,
                facts={"density of units": f"{self.density:g}"},
                record=workspace.folder.write_metrics,
            )
        if self._is_trained:  # of an untrained network they stay whole, since a recipe can stand for them
            weights = {name: tensor.masked_fill(~mask[name], 0) for name, tensor in weights.items()}
        idle = idle_weights(network, layout, held, units.examples)
        return Found(
            mask,
            units.densities,
            weights,
            state,
            after(fitted, dense.fitted),
            trained=network,
            dense=dense.network,
            scores=layout.named(layout.of_units(norms)),
            figures=units.figures | {"idle_weights": int(idle.sum())},
            training=differing(settings, job.training),
        )

    @property
    def _is_trained(self) -> bool:
        """Whether the ticket begins from trained values."""
        return self.retraining != "weight-rewinding"


def unit_norms(layout: Layout, weights: Tensor) -> Tensor:
    """The ℓ1 norm of every output unit.

    Args:
        layout: of the weights.
        weights: flat.

    Returns:
        Flat, float64, one a unit, as `layout.by_unit` has them.

    >>> unit_norms(Layout(("w",), ((2, 2),)), torch.tensor([1.0, -2.0, 0.5, 0.0])).tolist()
    [3.0, 0.5]
    """
    parts = zip(layout.units, layout.views(weights.double().abs()), strict=True)
    return torch.cat([units.rows(view).sum(1) for units, view in parts])


def _check(network: nn.Module, mask: Mask, vectors: Mapping[str, Tensor], job: Job) -> None:
    """Raise where a layer that the whole network uses is silent without the units that are removed."""
    masked = Subnetwork(network, mask, Own(), include=job.include, exclude=job.exclude)
    check = CollapseCheck(masked, job)
    for name, kept in vectors.items():
        masked.skeleton.get_parameter(name).data.masked_fill_(~kept, 0)
    check()
