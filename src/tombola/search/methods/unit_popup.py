r"""Edge-popup on units: learn a score per neuron or filter, keep the top fraction of each layer, never touch a weight.

Forward: $\tilde w_{ji} = w_{ji} \, h(|s_j|)$, with $h = 1$ for the units with the highest $|s|$ of their layer.
Backward, taking $h$ for the identity:
$\partial L / \partial s_j = \operatorname{sign}(s_j) \sum_i \partial L / \partial \tilde w_{ji} \, w_{ji}$,
edge-popup's gradient summed over the weights of the unit.

Source: edge-popup by Ramanujan et al. 2020, arXiv 1911.13299.

Where this differs from the paper: it scores edges. Here whole output units are kept or removed, so
that what is found is a narrower network; the layers that make the model's outputs stay whole. Scores
begin uniform in ±1: a unit's gradient does not shrink with the number n of its inputs as that of an
edge does, whose scores begin in ±1/√n. The biases that a model brings with `weights="own"` are no
weights and stay, also those of removed units.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tombola.search.found import Found
from tombola.search.parts.unit_budget import UnitBudget, kept_units
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, Selector, prunable_layout
from tombola.subnetwork.straight_through import Choose
from tombola.training import Training, derive
from tombola.weights import TorchDefault


@dataclass(frozen=True)
class UnitPopup(UnitBudget):
    """Edge-popup on units and its settings, which are those of `UnitBudget`.

    Raises:
        UsageError: where a value is not allowed.

    >>> UnitPopup(density=30)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: density=30: expected 0 < density <= 1; did you mean 0.3?
    """

    name: ClassVar[str] = "unit-popup"
    title: ClassVar[str] = "supermask of units"
    defaults: ClassVar[Training] = Training()
    weights: ClassVar[str] = "signed-kaiming-constant"
    moves_weights: ClassVar[bool] = False

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores; the weights are never touched.

        Raises:
            CollapsedError: where a layer has no live path left.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        units = kept_units(self, workspace, layout)
        selector = TopUnits(layout, units.choice, initial_unit_scores(layout, job.seeds.mask_seed))
        network = workspace.subnetwork(selector, units.densities, model)
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        fitted = workspace.learn_mask(self.name, network, facts={"density of units": f"{self.density:g}"})
        scores = layout.of_units(selector.scores.detach().abs())
        return Found.supermask(network, units.densities, fitted, scores, figures=units.figures)


class TopUnits(Selector):
    """All weights of the units with the highest |score|, chosen anew at every forward pass.

    Args:
        layout: of the weights.
        choose: the rule that makes a mask of flat values, one a unit.
        scores: flat initial scores, one a unit, as `layout.by_unit` has them; learned.

    >>> from tombola.subnetwork import TopCounts
    >>> layout = Layout(("w",), ((2, 2),))
    >>> select = TopUnits(layout, TopCounts((2,), (1,)), torch.tensor([0.1, -0.9]))
    >>> select(torch.tensor([1.0, 2.0, 3.0, 4.0]), torch.float32)[0].tolist()
    [[0.0, 0.0], [3.0, 4.0]]
    """

    def __init__(self, layout: Layout, choose: Choose, scores: Tensor) -> None:
        super().__init__(layout)
        self.choose = choose
        self.scores = nn.Parameter(scores.detach().clone())

    def forward(self, weights: Tensor, dtype: torch.dtype) -> tuple[Tensor, ...]:
        chosen: Tensor = _Chosen.apply(self.scores, self.choose, weights.dtype)  # type: ignore[no-untyped-call]
        parts = zip(self.layout.views(weights), self.layout.units, self.layout.by_unit.segments(chosen), strict=True)
        return tuple((weight * units.expand(bits)).to(dtype) for weight, units, bits in parts)

    def flat_mask(self) -> Tensor:
        return self.layout.of_units(self.choose(self.scores.detach().abs()))


class _Chosen(torch.autograd.Function):
    """1 where a unit is chosen, 0 where not, with the gradient of |score|."""

    @staticmethod
    def forward(ctx: Any, scores: Tensor, choose: Choose, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(scores)
        return choose(scores.abs()).to(dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (scores,) = ctx.saved_tensors
        return gradient.to(scores.dtype) * scores.sign(), None, None


def initial_unit_scores(layout: Layout, mask_seed: int) -> Tensor:
    """Flat scores, one a unit, as `layout.by_unit` has them: uniform in ±1."""
    recipe = TorchDefault(seed=derive(mask_seed, "unit scores"))
    # As the weights of units with one input each, which are uniform in ±1/√1.
    return layout.by_unit.fill(lambda name, shape: recipe.tensor(name, (*shape, 1)).view(shape))
