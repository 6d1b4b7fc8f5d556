r"""IteRand: edge-popup, with part of the removed weights drawn anew from time to time.

Every `redraw_every` iterations, for the mask $h$ of that moment, $b_i$ Bernoulli of mean
`redraw_fraction`, and fresh draws $w'$ from the distribution of the weights:
$w_i \leftarrow w_i h_i + (1 - h_i) \, (b_i w'_i + (1 - b_i) w_i)$.

Source: Chijiwa, Yamaguchi, Ida, Umakoshi & Inoue, "Pruning Randomly Initialized Neural Networks
with Iterative Randomization", NeurIPS 2021, arXiv 2106.09269; settings from the authors' code.

Where this differs from the paper: a redraw comes after every `redraw_every` iterations, which is an
epoch here (the authors' configurations have 300 iterations on CIFAR-10, of 352 an epoch, and 1000
on ImageNet, and redraw one iteration earlier); weights are ranked by |score|, as in edge-popup (the
authors rank scores with their sign); the learning rate is edge-popup's 0.1 (theirs for Conv6 is 0.3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from tombola.errors import UsageError, is_number
from tombola.search.found import Found
from tombola.search.job import Job
from tombola.search.methods.edge_popup import EdgePopup, initial_scores
from tombola.search.parts.draws import uniform_draws
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, TopScores, prunable_layout
from tombola.subnetwork.straight_through import Choose, straight_through
from tombola.training import derive
from tombola.training.step import Step
from tombola.weights import Recipe
from tombola.weights.recipe import recipe_of

DRAWS = "iterand draws weights anew"


@dataclass(frozen=True)
class IteRand(EdgePopup):
    """IteRand and its settings.

    Args:
        redraw_every: how often removed weights are drawn anew, as `1ep` or `300it`.
        redraw_fraction: chance of each removed weight to be drawn anew then, in (0, 1].

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> IteRand(redraw_fraction=10)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: redraw_fraction=10: expected 0 < redraw_fraction <= 1; did you mean 0.1?
    """

    name: ClassVar[str] = "iterand"
    title: ClassVar[str] = "IteRand supermask"
    moves_weights: ClassVar[bool] = True

    redraw_every: str = "1ep"
    redraw_fraction: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if Step.parse(self.redraw_every).count == 0:
            raise UsageError(f"redraw_every={self.redraw_every}: expected 1 or more epochs or iterations")
        _check_fraction(self.redraw_fraction)

    def check(self, job: Job, layout: Layout) -> None:
        """Refuse weights that have no recipe, and what every budget refuses."""
        super().check(job, layout)
        recipe_of(job.weights, DRAWS)

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores, and draw removed weights anew on the way.

        Raises:
            CollapsedError: where a layer has no live path left.
            UsageError: where the weights have no recipe to draw from.
        """
        job, recipe = workspace.job, recipe_of(workspace.job.weights, DRAWS)
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        densities = self.densities(layout)
        every = Step.parse(self.redraw_every).iterations(job.per_epoch)
        redraws = Redraws(layout, recipe, densities, job.seeds.mask_seed, every, self.redraw_fraction)
        weights = redraws.drawn(recipe, like=model.get_parameter(layout.names[0]))
        scores = initial_scores(layout, job.seeds.mask_seed)
        selector = RedrawnWeights(layout, self.choice(layout), scores, weights, redraws)
        network = workspace.subnetwork(selector, densities, model)
        del model  # the subnetwork holds what it needs
        fitted = workspace.learn_mask(self.name, network, facts={"density": f"{self.density:g}"})
        return Found(
            network.mask,
            densities,
            weights=layout.named(selector.weights),
            state=network.unmasked_state(),
            fitted=fitted,
            scores=layout.named(selector.scores.detach().abs()),
            figures=selector.figures(network.weights.detach()),
        )


@dataclass(frozen=True)
class Redraws:
    """What is drawn, and when: a function of the seed, the names and the iteration alone.

    Args:
        layout: of the weights.
        recipe: their distribution.
        densities: of each layer, for recipes that are scaled by it.
        mask_seed: of the draws.
        every: iterations between two redraws.
        fraction: chance of each removed weight to be drawn anew.
    """

    layout: Layout
    recipe: Recipe
    densities: Mapping[str, float]
    mask_seed: int
    every: int
    fraction: float

    def is_due(self, step: int) -> bool:
        """Whether weights are drawn anew before the iteration with this index, counted from 0."""
        return step > 0 and step % self.every == 0

    def redrawn(self, weights: Tensor, mask: Tensor, step: int) -> Tensor:
        """The flat weights with part of those that the flat mask removes drawn anew."""
        fresh = self.drawn(replace(self.recipe, seed=derive(self.mask_seed, "iterand", step)), like=weights)
        coins = uniform_draws(self.layout, derive(self.mask_seed, "iterand", step, "which")) < self.fraction
        return torch.where(coins.to(mask.device) & ~mask, fresh, weights)

    def drawn(self, recipe: Recipe, like: Tensor) -> Tensor:
        """Flat weights from a recipe, of the type and on the device of `like`."""
        return self.layout.fill(
            lambda name, shape: recipe.tensor(name, shape, self.densities[name]), like=like.detach()
        )


class RedrawnWeights(TopScores):
    """`TopScores` over weights of its own, part of which are drawn anew while the mask is learned.

    The weights and the number of training passes are persistent buffers, so they are in every
    checkpoint. An evaluation counts as no pass.
    """

    weights: Tensor
    steps: Tensor

    def __init__(self, layout: Layout, choose: Choose, scores: Tensor, weights: Tensor, redraws: Redraws) -> None:
        super().__init__(layout, choose, scores)
        self.redraws = redraws
        self.register_buffer("weights", weights)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:  # noqa: ARG002 - it has its own
        if self.training and torch.is_grad_enabled():
            self._count()
        return straight_through(self.scores, self.weights, self.choose, self.layout, dtype)

    def figures(self, initial: Tensor) -> dict[str, Any]:
        """How often weights were drawn anew, and how many of those kept are not the `initial` ones, flat."""
        changed = (self.weights != initial) & self.flat_mask()
        return {"redraws": max(0, int(self.steps) - 1) // self.redraws.every, "kept_redrawn": int(changed.sum())}

    def _count(self) -> None:
        step = int(self.steps)
        if self.redraws.is_due(step):
            self.weights = self.redraws.redrawn(self.weights, self.flat_mask(), step)
        self.steps += 1

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.steps = self.steps.cpu()  # it is read at every step, which must not wait for the device
        return self


def _check_fraction(fraction: Any) -> None:
    if not (is_number(fraction) and 0 < fraction <= 1):
        hint = f"; did you mean {fraction / 100:g}?" if is_number(fraction) and 1 < fraction <= 100 else ""
        raise UsageError(f"redraw_fraction={fraction}: expected 0 < redraw_fraction <= 1{hint}")
