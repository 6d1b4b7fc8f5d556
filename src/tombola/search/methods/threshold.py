r"""A pruning threshold chosen by the accuracy of untrained masked networks.

1. Train the dense network and find the iteration of minimum held-out loss.
2. Train it again from the same initial weights, in another order of the examples, for that many iterations.
3. For each threshold $t$: $w_i^{new} = w_i$ where $\operatorname{sign}(w_i) \, w_f \ge t$, else 0.
4. Evaluate these networks, untrained, on held-out data, and take the best.
5. Train it, its zeros held at zero.

Source: Rolfs, "Achieving results with untrained neural networks using Supermasks", independent study,
Universität Hamburg; the criterion is that of Zhou et al. 2019, arXiv 1905.01067.

Where this differs from the study: it holds no data out, and chooses by and reports the test set, which is
`protocol="paper"` here; by default part of the training data is held out for that. Its biases begin
random, as PyTorch makes them; those beside a recipe begin at zero. Its pixels lie in [0, 1], which is
`pixels="unit"` here; with mean 0 and deviation 1, the usual preparation, the same thresholds cut elsewhere.
With `pixels="unit"` and `weights="own"` its figures come near. Biases are not masked. Its 20,000 iterations are 20
epochs of MNIST whole, and 18,000 where a tenth is held out.
Of equally good thresholds the largest is taken, which keeps least; the study does not say. A threshold
at which a layer is cut off is passed over, with its reason in the figures. Networks with batch norm are
evaluated with running statistics estimated on training data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from torch import Tensor

from tombola.errors import UsageError, is_number
from tombola.search.found import Found, SearchTrainings
from tombola.search.job import Job
from tombola.search.parts.dense import Dense, after, as_module, check_whole, train_dense
from tombola.search.parts.sweep import Row, best, masked, metric_key, sweep
from tombola.search.workspace import Workspace
from tombola.subnetwork import HeldMask, Layout, prunable_layout
from tombola.training import Fitted, Step, Training, derive

THRESHOLDS = tuple(hundredth / 100 for hundredth in range(21))


@dataclass(frozen=True)
class Threshold:
    """A threshold chosen by untrained accuracy, and its settings.

    Args:
        thresholds: those tried, in the weights' own unit.
        retrain_step: how long the ticket is trained, as `5000it` or `2ep`.

    Raises:
        UsageError: where a value is not allowed.

    >>> Threshold(retrain_step="5000")
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: step '5000': expected epochs as 2ep, or iterations as 500it
    """

    name: ClassVar[str] = "threshold"
    title: ClassVar[str] = "ticket by threshold"
    defaults: ClassVar[Training] = Training(
        epochs=20,
        batch_size=60,
        optimizer="adam",
        lr=1.2e-3,
        weight_decay=0.0,
        schedule="constant",
        evaluate_every="100it",
        augment="off",
    )
    weights: ClassVar[str] = "torch-default"
    moves_weights: ClassVar[bool] = False

    thresholds: Sequence[float] = THRESHOLDS
    retrain_step: str | Step = "5000it"

    def __post_init__(self) -> None:
        if isinstance(self.thresholds, str) or not isinstance(self.thresholds, Sequence) or not self.thresholds:
            raise UsageError(f"thresholds={self.thresholds!r}: expected one number or more, such as 0 0.05 0.1")
        for threshold in self.thresholds:
            if not is_number(threshold):
                raise UsageError(f"thresholds: {threshold!r} is none: expected finite numbers")
        if Step.parse(self.retrain_step).count == 0:
            raise UsageError(f"retrain_step={self.retrain_step}: expected 1 or more epochs or iterations")

    def to_spec(self) -> Row:
        """The method and its settings as JSON."""
        thresholds = [float(threshold) for threshold in self.thresholds]
        return {"name": self.name, "thresholds": thresholds, "retrain_step": str(Step.parse(self.retrain_step))}

    def check(self, job: Job, _: Layout) -> None:
        """Refuse a `retrain_step` that lies behind the training's end."""
        self._stop(job)

    def trainings(self, _: Layout) -> SearchTrainings:
        """The dense network's and the ticket's; with the baseline's, both of which stop early, they are hardly more."""
        return SearchTrainings(begins_dense=True)

    def search(self, workspace: Workspace) -> Found:
        """Find the early-stop iteration, train to it, choose a threshold, and train the ticket.

        Raises:
            CollapsedError: where every threshold cuts a layer off.
            UsageError: where `retrain_step` lies behind the training's end, or the model does not take the data.
        """
        job = workspace.job
        stop = self._stop(job)
        layout = prunable_layout(job.model.make(), job.include, job.exclude)
        check_whole(workspace, layout)
        long = train_dense(workspace, layout, choose="loss")
        baseline = train_baseline(workspace, layout, long.fitted.chosen_row["step"])
        scores = agreement(baseline)
        rows = list(sweep(workspace, layout, scores, self.thresholds))
        chosen = best(rows, metric_key(workspace), job.task.metric.higher_is_better)
        network = masked(workspace, layout, scores, chosen["threshold"])
        trained = as_module(workspace, network)
        with HeldMask(trained, network.mask):
            fitted = workspace.train("ticket", trained, stop=stop, record=workspace.folder.write_metrics)
        return Found(
            mask=network.mask,
            densities=network.mask.densities,
            weights=network.initial_weights(),
            state=network.unmasked_state(),
            fitted=after(fitted, long.fitted, baseline.fitted),
            trained=trained,
            dense=baseline.network,
            scores=layout.named(scores),
            figures={"sweep": rows, "chosen": chosen} | _figures(workspace, long.fitted, baseline.fitted, fitted),
        )

    def _stop(self, job: Job) -> int:
        stop, last = Step.parse(self.retrain_step).iterations(job.per_epoch), job.training.epochs * job.per_epoch
        if stop > last:
            raise UsageError(
                f"retrain_step={self.retrain_step} is longer than the training of {last} iterations "
                f"({job.training.epochs} epochs): expected fewer, or more epochs"
            )
        return stop


def agreement(dense: Dense) -> Tensor:
    """sign(w_i) · w_f: flat; how far a weight is on the side where it began.

    Args:
        dense: the trained network, with its weights before and after.
    """
    return dense.initial.sign() * dense.final


def train_baseline(workspace: Workspace, layout: Layout, step: int) -> Dense:
    """Train the dense network again for `step` iterations, in another order of the examples.

    In the same order it would be the first training to the bit, and its loss the one it was chosen by.
    """
    seeds = workspace.job.seeds
    reordered = replace(seeds, data_seed=derive(seeds.data_seed, "baseline"))
    other = replace(workspace, job=replace(workspace.job, seeds=reordered))
    return train_dense(other, layout, "baseline", choose="last", stop=step)


def _figures(workspace: Workspace, long: Fitted, baseline: Fitted, ticket: Fitted) -> Row:
    split = workspace.job.held_out[0]

    def held_out(row: Row) -> Row:
        return {key: value for key, value in row.items() if key == "step" or key.startswith(f"{split}_")}

    def lowest(fitted: Fitted) -> Row:
        return held_out(min(fitted.history, key=lambda row: row[f"{split}_loss"]))

    return {
        "early_stop": held_out(long.chosen_row),
        "dense_end": held_out(long.history[-1]),
        "baseline": held_out(baseline.history[-1]),
        "ticket_end": held_out(ticket.history[-1]),
        "ticket_minimum": lowest(ticket),
    }
