r"""Weight-agnostic search: learn a mask with which the network works for every single value of all its weights.

Forward: $\tilde w_i = v \, b_i \, h(|s_i|)$ with one value $v$ for the whole network, the next of
`shared_values` at each step; $b_i$ is 1 (`signs="shared"`) or the sign of the weight as it was drawn
(`signs="kept"`). Backward: edge-popup's straight-through gradient. So what is minimised is the mean
loss over the values, one value a step.

Source: Gaier & Ha, "Weight Agnostic Neural Networks", NeurIPS 2019, arXiv 1906.04358: the values, and
the tuned one; edge-popup by Ramanujan et al. 2020.

Where this differs from the paper: it grows small networks by evolution, chooses an activation function
for each node, and ranks by accuracy and size. Here connections are removed from one given network by
gradients, with the activation functions it has. With ReLU and without biases a network is the same up
to the size of its outputs for all positive values, and for all negative ones: there are two networks
to serve, not as many as values. Where all signs are shared too and there are three layers or more, the
negative one is dead: the second layer's sums are never positive, ReLU lets nothing through, and the
accuracy is chance. Measured on LeNet-300-100 and MNIST, density 0.5, five epochs, test accuracy: signs
kept, 96.8% with every value; signs shared, 39.8% with positive values and 9.8% with negative ones.

Cross-entropy is learned from tempered logits (see `EveryValue`), since raw ones grow with the power
of the depth; figures are those of the network as it is. Deep networks without normalisation can
overflow for large values; smaller `shared_values` help. The rows of the training are means over the
values: example i is evaluated with value i mod n.

The ticket's weights are the tuned value, the best on held-out examples (then that of the lowest loss),
times $b$. Running statistics of batch normalisation are estimated for each value.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from tombola.errors import UsageError, check_name, is_number
from tombola.masks import kept_count
from tombola.search.collapse import CollapseCheck
from tombola.search.found import Found
from tombola.search.methods.edge_popup import initial_scores
from tombola.search.parts.budget import Budget
from tombola.search.parts.shared_values import EveryValue, ScaledTopScores
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, Layout, Subnetwork, TopEverywhere, prunable_layout
from tombola.subnetwork.straight_through import Choose
from tombola.training import Fitted, Metric, Training

VALUES = (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)
SIGNS = ("shared", "kept")

Row = dict[str, Any]


@dataclass(frozen=True)
class WeightAgnostic(Budget):
    """Weight-agnostic search and its settings, besides those of `Budget`.

    Args:
        shared_values: the values that the network shall work with.
        signs: `shared`, every weight has the value, or `kept`, the value times its own sign.

    Raises:
        UsageError: where a value is not allowed, or two contradict each other.

    >>> WeightAgnostic(shared_values=(1.0, 0.0))
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: shared_values=(1.0, 0.0): expected different numbers, none of them 0
    """

    name: ClassVar[str] = "weight-agnostic"
    title: ClassVar[str] = "weight-agnostic supermask"
    defaults: ClassVar[Training] = Training()
    weights: ClassVar[str] = "signed-kaiming-constant"
    moves_weights: ClassVar[bool] = True

    shared_values: Sequence[float] = VALUES
    signs: Literal["shared", "kept"] = "shared"

    def __post_init__(self) -> None:
        super().__post_init__()
        given = tuple(self.shared_values) if isinstance(self.shared_values, Sequence) else ()
        if not given or not all(map(_is_usable, given)) or len(set(given)) < len(given):
            raise UsageError(f"shared_values={self.shared_values!r}: expected different numbers, none of them 0")
        check_name("signs", self.signs, SIGNS)

    def to_spec(self) -> dict[str, Any]:
        """The method and its settings as JSON."""
        return super().to_spec() | {"shared_values": [float(value) for value in self.shared_values]}

    def choice(self, layout: Layout) -> Choose:
        """The rule that makes a mask of score magnitudes, as `EdgePopup` has it."""
        if self.scope == "global":
            return TopEverywhere(layout, kept_count(self.density, layout.total))
        return super().choice(layout)

    def search(self, workspace: Workspace) -> Found:
        """Learn the scores with every value, then take the best value.

        Raises:
            CollapsedError: where a layer has no live path left.
        """
        job = workspace.job
        model = job.model.make()
        layout = prunable_layout(model, job.include, job.exclude)
        selector = ScaledTopScores(layout, self.choice(layout), initial_scores(layout, job.seeds.mask_seed))
        network = workspace.subnetwork(selector, self.densities(layout), model)
        del model  # the subnetwork holds what it needs; a large model need not be in memory twice
        network.weights.data.copy_(self.unit_weights(network.weights))
        check = CollapseCheck(network, job)
        check()
        every = EveryValue(network, self.shared_values, tempered=job.task.loss_name == "cross-entropy")
        fitted = workspace.train(
            self.name,
            every,
            facts={"density": f"{self.density:g}", "signs": self.signs},
            check=check,
            record=workspace.folder.write_metrics,
        )
        scores = selector.scores.detach().abs()
        network.selector = FixedMask(layout, network.mask).to(scores.device)
        tuned, figures = tune(workspace, network, self.shared_values)
        return Found.supermask(network, self.densities(layout), _told_of(fitted, tuned), scores, figures)

    def unit_weights(self, weights: Tensor) -> Tensor:
        """What the value is multiplied by: 1, or the sign of each weight, where 0 counts as positive."""
        ones = torch.ones_like(weights)
        return ones if self.signs == "shared" else torch.where(weights < 0, -ones, ones)


def tune(workspace: Workspace, network: Subnetwork, values: Sequence[float]) -> tuple[Row, Row]:
    """Measure a network whose weights are ±1 with every value, and leave it with the best on held-out examples.

    Returns:
        The row of the best value, and figures: all rows, and mean and deviation over the values.
    """
    task, unit = workspace.job.task, network.weights.detach().clone()
    splits = dict([workspace.job.held_out, workspace.job.final_split])
    rows: list[Row] = []
    for value in values:
        _give(workspace, network, unit * value)
        rows.append({"value": float(value)})
        for split, examples in splits.items():
            scores = workspace.measure(network, examples)
            rows[-1] |= {f"{split}_{task.metric.name}": scores.metric, f"{split}_loss": scores.loss}
    held_out = workspace.job.held_out[0]
    tuned = max(rows, key=lambda row: _goodness(row, held_out, task.metric))
    _give(workspace, network, unit * tuned["value"])
    figures: Row = {"shared_values": rows, "tuned_value": tuned["value"]}
    for split in splits:
        metrics = [row[f"{split}_{task.metric.name}"] for row in rows]
        figures[f"{split}_{task.metric.name}_mean_over_values"] = statistics.fmean(metrics)
        figures[f"{split}_{task.metric.name}_std_over_values"] = statistics.stdev(metrics) if len(metrics) > 1 else 0.0
    return tuned, figures


def _give(workspace: Workspace, network: Subnetwork, weights: Tensor) -> None:
    network.weights.data.copy_(weights)
    workspace.estimate_statistics(network)


def _goodness(row: Row, split: str, metric: Metric) -> tuple[float, float]:
    """What makes a value better than another: its metric, then its loss; what is no number comes last."""
    value = row[f"{split}_{metric.name}"] * (1 if metric.higher_is_better else -1)
    first, second = (number if math.isfinite(number) else -math.inf for number in (value, -row[f"{split}_loss"]))
    return first, second


def _told_of(fitted: Fitted, ticket: Row) -> Fitted:
    """The training, its chosen row with the held-out figures of the ticket instead of means over the values."""
    row = {key: ticket.get(key, value) for key, value in fitted.chosen_row.items()}
    history = (*fitted.history[: fitted.chosen], row, *fitted.history[fitted.chosen + 1 :])
    return replace(fitted, history=history)


def _is_usable(value: object) -> bool:
    return is_number(value) and value != 0
