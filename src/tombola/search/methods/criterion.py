r"""Supermask by criterion: train the dense network, rank its weights, use the best ones untrained.

From the initial weights $w_i$ and the trained ones $w_f$ a criterion (`tombola.masks.criteria`) makes a
score each; the highest are kept, and become what the mask-1 action says (`tombola.weights.actions`), the
others what the mask-0 action says. The network is evaluated as it then is, and trained from there if asked.

Source: Zhou, Lan, Liu & Yosinski, "Deconstructing Lottery Tickets: Zeros, Signs, and the Supermask",
NeurIPS 2019, arXiv 1905.01067; the defaults are its settings for the fully connected network on MNIST.
Its densities are 0.8^k, and 0.9^k in the output layer: for lenet-300-100 `density=0.262,
layer_density={"fc3": 0.531}` is its k = 6, about the best for an untrained network.

Where this differs from the paper: what is ranked is the end of the dense training, whatever the
protocol, never its best epoch. Exactly as many weights are kept as the density says. Criteria of one
sign give most weights a score of exactly zero; where the density reaches into these, and in any tie,
the lowest index is kept (the published code draws lots). The mask is made in one shot, as for the
paper's supermasks; its trained tickets come from rounds of pruning. Networks with batch norm, which the
paper has none of, are evaluated with running statistics estimated on training data.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from tombola.errors import UsageError, check_name
from tombola.masks import Mask
from tombola.masks.criteria import COMBINED, CRITERIA, criterion_scores
from tombola.search.collapse import CollapseCheck
from tombola.search.found import Found, SearchTrainings
from tombola.search.job import Job
from tombola.search.parts.budget import Budget
from tombola.search.parts.dense import Dense, after, check_whole, train_dense
from tombola.search.parts.frozen import train_ticket
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, Layout, Subnetwork, prunable_layout
from tombola.training import Fitted, Training, derive
from tombola.weights import TorchDefault
from tombola.weights.actions import MASK_0_ACTIONS, MASK_1_ACTIONS, Layer, kept_weights_after, recipe_to_redraw


@dataclass(frozen=True)
class Criterion(Budget):
    """Supermask by criterion, and its settings beside those of `Budget`.

    The ticket's mask is True where a weight is used: with a mask-0 action that freezes, frozen weights
    are used too, and the criterion's own density is in the figures.

    Args:
        criterion: which weights are kept, a key of `CRITERIA`.
        mask_1_action: what kept weights become, a key of `MASK_1_ACTIONS`.
        mask_0_action: what the others become, a key of `MASK_0_ACTIONS`.
        retrain: whether the ticket is trained too, for as long as the dense network; frozen
            weights keep their values exactly.
        alpha: of the two combined criteria, the weight of the trained magnitudes.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> Criterion(criterion="large-finale")
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: unknown criterion 'large-finale': did you mean 'large-final' or ...
    """

    name: ClassVar[str] = "criterion"
    title: ClassVar[str] = "ticket by criterion"
    defaults: ClassVar[Training] = Training(
        epochs=55, batch_size=60, optimizer="adam", lr=1.2e-3, weight_decay=0.0, schedule="constant", augment="off"
    )
    weights: ClassVar[str] = "glorot-normal"
    moves_weights: ClassVar[bool] = True

    criterion: str = "large-final-same-sign"
    mask_1_action: str = "rewind"
    mask_0_action: str = "zero"
    retrain: bool = False
    alpha: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for kind, known in (
            ("criterion", CRITERIA),
            ("mask_1_action", MASK_1_ACTIONS),
            ("mask_0_action", MASK_0_ACTIONS),
        ):
            check_name(kind, getattr(self, kind), known)
        if not isinstance(self.retrain, bool):
            raise UsageError(f"retrain={self.retrain!r}: expected true or false")
        is_number = isinstance(self.alpha, int | float) and not isinstance(self.alpha, bool)
        if not is_number or not 0 < self.alpha < math.inf:
            raise UsageError(f"alpha={self.alpha!r}: expected a number above 0")
        if self.alpha != 1 and self.criterion not in COMBINED:
            raise UsageError(
                f"alpha={self.alpha} is of {' and '.join(COMBINED)}: expected 1 with criterion={self.criterion}"
            )

    def check(self, job: Job, layout: Layout) -> None:
        """Refuse a fresh draw where there is no recipe, and what every budget refuses."""
        super().check(job, layout)
        if "reinit" in self.mask_1_action:
            recipe_to_redraw(job.weights)

    def trainings(self, _: Layout) -> SearchTrainings:
        """The dense network's, and the ticket's where it is trained."""
        return SearchTrainings(own=int(self.retrain), begins_dense=True)

    def search(self, workspace: Workspace) -> Found:
        """Train the dense network, rank its weights, and evaluate what the best ones make.

        Raises:
            CollapsedError: where a layer has no live path left.
            UsageError: where the model does not take the data.
        """
        job = workspace.job
        layout = prunable_layout(job.model.make(), job.include, job.exclude)
        choose = self.choice(layout)
        check_whole(workspace, layout)
        dense = train_dense(workspace, layout, choose="last")
        scores = self.scores(dense, layout, job.seeds.mask_seed)
        kept = choose(scores)
        network = self._network(workspace, layout, dense, kept)
        untrained, trained = _untrained(workspace, network, dense.fitted), None
        fitted = untrained
        if self.retrain:
            fitted, trained = train_ticket(workspace, network, Mask(layout.named(kept)))
            fitted = after(fitted, dense.fitted)
        else:
            workspace.folder.write_metrics([])  # nothing but the dense network was trained
        return Found(
            mask=network.mask,
            densities=self._densities(layout, network.mask),
            weights=network.initial_weights(),
            state=network.unmasked_state(),
            fitted=fitted,
            trained=trained,
            dense=dense.network,
            scores=layout.named(scores),
            figures=_figures(network, layout.named(kept), dense.fitted, untrained),
        )

    def scores(self, dense: Dense, layout: Layout, mask_seed: int) -> Tensor:
        """Flat scores of a trained dense network's weights."""
        draw = None
        if self.criterion == "random":
            recipe = TorchDefault(seed=derive(mask_seed, "random criterion"))
            draw = layout.fill(lambda name, shape: recipe.tensor(name, shape) / recipe.std(shape))
        return criterion_scores(self.criterion, dense.initial, dense.final, self.alpha, draw)

    def _network(self, workspace: Workspace, layout: Layout, dense: Dense, kept: Tensor) -> Subnetwork:
        """The network with both actions done, not trained."""
        frozen = MASK_0_ACTIONS[self.mask_0_action](dense.initial, dense.final)
        mask = Mask(layout.named(kept | frozen))
        densities = self._densities(layout, mask)
        network = workspace.subnetwork(FixedMask(layout, mask), densities)
        seed = derive(workspace.job.seeds.mask_seed, "mask-1 action")
        kept_by_name = layout.named(kept)
        for name, values in network.initial_weights().items():
            layer = Layer(name, values.clone(), kept_by_name[name], workspace.job.weights, densities[name], seed)
            values.copy_(kept_weights_after(self.mask_1_action, layer))
        CollapseCheck(network, workspace.job)()
        workspace.estimate_statistics(network)
        return network.eval()

    def _densities(self, layout: Layout, mask: Mask) -> dict[str, float]:
        if self.mask_0_action == "zero":
            return self.densities(layout)
        return {name: max(1, mask.kept(name)) / size for name, size in layout.sized.items()}


def _untrained(workspace: Workspace, network: Subnetwork, dense: Fitted) -> Fitted:
    """A training of no steps: one row, the network's held-out figures as it is."""
    split, examples = workspace.job.held_out
    scores = workspace.measure(network, examples)
    row = {
        "epoch": 0,
        "step": 0,
        f"{split}_loss": scores.loss,
        f"{split}_{workspace.job.task.metric.name}": scores.metric,
    }
    return replace(dense, history=(row,), chosen=0)


def _figures(network: Subnetwork, kept: dict[str, Tensor], dense: Fitted, untrained: Fitted) -> dict[str, Any]:
    mask, counts = network.mask, {name: int(bits.sum()) for name, bits in kept.items()}
    return {
        "criterion_density": sum(counts.values()) / mask.numel(),
        "criterion_kept": counts,
        "frozen": mask.kept() - sum(counts.values()),
        "untrained": untrained.chosen_row,
        "dense": {key: value for key, value in dense.chosen_row.items() if key != "seconds"},
    }
