"""A sweep over thresholds: which weights each keeps, and how good the network is with them alone, untrained."""

from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from tombola.errors import CollapsedError
from tombola.masks import Mask
from tombola.search.collapse import CollapseCheck
from tombola.search.workspace import Workspace
from tombola.subnetwork import FixedMask, Layout, Subnetwork

Row = dict[str, Any]


def sweep(workspace: Workspace, layout: Layout, scores: Tensor, thresholds: Sequence[float]) -> Iterator[Row]:
    """One row a threshold: what is kept, and the held-out figures of the untrained network.

    A threshold at which a layer is cut off has its reason under `skipped` instead of figures.

    Args:
        workspace: where.
        layout: of the weights.
        scores: flat, one a weight.
        thresholds: a weight is kept where its score is at least that.
    """
    split, examples = workspace.job.held_out
    workspace.progress.say(f"Trying {len(thresholds)} thresholds …")
    for threshold in map(float, thresholds):
        kept = int((scores >= threshold).sum())
        row = {"threshold": threshold, "kept": kept, "density": kept / layout.total}
        try:
            network = masked(workspace, layout, scores, threshold)
        except CollapsedError as error:
            yield row | {"skipped": str(error).partition(":")[0]}
        else:
            measured = workspace.measure(network, examples)
            yield row | {f"{split}_loss": measured.loss, metric_key(workspace): measured.metric}


def masked(workspace: Workspace, layout: Layout, scores: Tensor, threshold: float) -> Subnetwork:
    """The untrained network whose weights with scores below the threshold are zero.

    Raises:
        CollapsedError: where a layer is left with nothing, or no signal passes through it.
    """
    mask = Mask(layout.named(scores >= threshold))
    if empty := [name for name in mask if not mask.kept(name)]:
        raise CollapsedError(f"nothing is kept of {', '.join(empty)}: lower the threshold")
    network = workspace.subnetwork(FixedMask(layout, mask), mask.densities)
    CollapseCheck(network, workspace.job)()
    workspace.estimate_statistics(network)
    return network.eval()


def best(rows: Sequence[Row], metric: str, higher_is_better: bool) -> Row:
    """The row with the best metric; of equal ones, that of the largest threshold.

    Raises:
        CollapsedError: where every row was passed over.

    >>> rows = [{"threshold": 0.1, "accuracy": 0.5}, {"threshold": 0.2, "accuracy": 0.5}, {"threshold": 0.3}]
    >>> best(rows, "accuracy", higher_is_better=True)["threshold"]
    0.2
    """
    measured = [row for row in rows if metric in row]
    if not measured:
        tried = "; ".join(f"{row['threshold']:g}: {row['skipped']}" for row in rows)
        raise CollapsedError(f"every threshold cuts a layer off ({tried}): give lower thresholds")
    sign = 1 if higher_is_better else -1
    return max(measured, key=lambda row: (sign * row[metric], row["threshold"]))


def metric_key(workspace: Workspace) -> str:
    """The key of the held-out metric in rows."""
    return f"{workspace.job.held_out[0]}_{workspace.job.task.metric.name}"
