r"""Edge-popup: learn a score per weight, keep the top fraction, never touch a weight.

Forward: $I_v = \sum_u w_{uv} Z_u \, h(|s_{uv}|)$, with $h = 1$ for the top fraction of its layer.
Backward: $s_{uv} \leftarrow s_{uv} - \alpha \, \partial L / \partial I_v \, w_{uv} Z_u \operatorname{sign}(s_{uv})$.

Source: Ramanujan, Wortsman, Kembhavi, Farhadi & Rastegari, "What's Hidden in a Randomly Weighted
Neural Network?", CVPR 2020, arXiv 1911.13299; settings from the authors' code.

Where this differs from the paper: exactly `round(density · n)` weights are kept, ties to the lowest
index (the published code keeps ⌈n · density⌉ or ⌊n · density⌋, and sorts); besides the same density
in every layer there are a global choice, budgets per layer, and N:M patterns.
"""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from tombola.masks import kept_count
from tombola.search.found import Found
from tombola.search.parts.budget import Budget
from tombola.search.workspace import Workspace
from tombola.subnetwork import Layout, TopEverywhere, TopScores, prunable_layout
from tombola.subnetwork.straight_through import Choose
from tombola.training import Training, derive
from tombola.weights import TorchDefault


@dataclass(frozen=True)
class EdgePopup(Budget):
    """Edge-popup and its settings, which are those of `Budget`.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> EdgePopup(density=30)
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: density=30: expected 0 < density <= 1; did you mean 0.3?
    """

    name: ClassVar[str] = "edge-popup"
    title: ClassVar[str] = "edge-popup supermask"
    defaults: ClassVar[Training] = Training()
    weights: ClassVar[str] = "signed-kaiming-constant"
    moves_weights: ClassVar[bool] = False

    def choice(self, layout: Layout) -> Choose:
        """The rule that makes a mask of score magnitudes; over all layers in units of each one's initial range."""
        if self.scope == "global":
            return TopEverywhere(layout, kept_count(self.density, layout.total))
        return super().choice(layout)

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores; the weights are never touched.

        Raises:
            CollapsedError: where a layer has no live path left.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        selector = TopScores(layout, self.choice(layout), initial_scores(layout, job.seeds.mask_seed))
        network = workspace.subnetwork(selector, self.densities(layout), model)
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        fitted = workspace.learn_mask(self.name, network, facts={"density": f"{self.density:g}"})
        return Found.supermask(network, self.densities(layout), fitted, selector.scores.detach().abs())


def initial_scores(layout: Layout, mask_seed: int) -> Tensor:
    """Flat scores, Kaiming uniform with a = √5: uniform in ±1/√fan_in, as the authors' code draws them."""
    recipe = TorchDefault(seed=derive(mask_seed, "scores"))
    return layout.fill(recipe.tensor)
