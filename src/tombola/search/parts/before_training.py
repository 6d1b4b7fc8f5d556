"""Pruning before training: what is common to all methods that choose a mask of untrained weights and train it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from tombola.errors import DivergedError
from tombola.masks import Mask
from tombola.search.collapse import CollapseCheck
from tombola.search.found import Found
from tombola.search.job import Job
from tombola.search.parts.budget import Budget
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, HeldMask, Subnetwork, prunable_layout, untrained_copy
from tombola.training import Training


@dataclass(frozen=True)
class BeforeTraining(Budget, ABC):
    """A method that gives each untrained weight a score, keeps the highest, and trains what is left.

    The ticket's weights are those drawn; the trained network comes beside it.
    """

    title: ClassVar[str]
    defaults: ClassVar[Training] = Training()
    weights: ClassVar[str] = "kaiming-normal"
    moves_weights: ClassVar[bool] = False

    @abstractmethod
    def scores(self, network: Subnetwork, job: Job) -> Tensor:
        """Flat scores, one a weight, high = keep; float32 or float64.

        Args:
            network: untrained and whole, on the device to work on; left as it is.
            job: whose training examples and seeds may be used.
        """

    def choose(self, network: Subnetwork, job: Job) -> tuple[Tensor, Tensor]:
        """Flat mask and flat scores; a method that prunes in rounds does it here."""
        scores = self.scores(network, job)
        check_finite(self.name, scores)
        return self.choice(network.layout)(scores), scores

    def search(self, workspace: Workspace) -> Found:
        """Choose the mask, refuse a collapse, train the ticket.

        Raises:
            CollapsedError: where a layer has no live path left.
            DivergedError: where scores are NaN or infinite.
            UsageError: where the model does not take the data.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        densities = self.densities(layout)
        whole = FixedMask(layout, Mask(layout.named(torch.ones(layout.total, dtype=torch.bool))))
        network = workspace.subnetwork(whole, densities, model).to(workspace.fabric.device)
        check = CollapseCheck(network, job)
        chosen, scores = self.choose(network, job)
        mask = Mask(layout.named(chosen.cpu()))
        network.selector = FixedMask(layout, mask).to(chosen.device)
        check()
        trained = untrained_copy(model, layout, job.weights)
        _begin_from(trained, network)
        with HeldMask(trained, mask):
            facts = {"density": f"{self.density:g}"}
            fitted = workspace.train("ticket", trained, facts=facts, record=workspace.folder.write_metrics)
        return Found(
            mask,
            densities,
            weights=network.initial_weights(),
            state=network.unmasked_state(),
            fitted=fitted,
            trained=trained,
            scores=layout.named(scores),
        )


def check_finite(name: str, scores: Tensor) -> None:
    """Raise where a score is NaN or infinite."""
    if not torch.isfinite(scores).all():
        bad = int((~torch.isfinite(scores)).sum())
        raise DivergedError(
            f"{bad} of {scores.numel()} scores of {name} are NaN or infinite: look for such values among the inputs "
            "and the weights, or choose weights of a smaller standard deviation"
        )


def _begin_from(trained: nn.Module, network: Subnetwork) -> None:
    # Of a recipe that is scaled by the density, too.
    for name, values in network.initial_weights().items():
        trained.get_parameter(name).data.copy_(values)
