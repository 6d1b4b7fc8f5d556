"""Whether what a network gives can be held against the targets, seen before anything is trained."""

from torch import Tensor

from tombola.errors import UsageError
from tombola.training.tasks import METRICS, Task


def check_outputs(outputs: Tensor, targets: Tensor, task: Task, classes: int | None, name: str) -> None:
    """Refuse outputs that the task's loss or metric cannot compare with the targets.

    Only losses and metrics that have a name here are known well enough; functions of the user's
    take what they take.

    Args:
        outputs: of the network for a few examples.
        targets: of the same examples.
        task: loss and metric.
        classes: number of classes, or None for regression.
        name: what the message calls the network.

    Raises:
        UsageError: where outputs and targets do not go together.

    >>> import torch
    >>> from tombola.training import make_task
    >>> check_outputs(torch.zeros(1, 5), torch.tensor([9]), make_task(None, None, classes=10), 10, "net")
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: net gives outputs of shape (5,) an example: expected (10,) or more, one for each class
    """
    got = f"{name} gives outputs of shape {tuple(outputs.shape[1:])} an example"
    used = {task.loss_name} | {key for key, metric in METRICS.items() if metric is task.metric}
    if classes and used & {"cross-entropy", "accuracy"} and (outputs.dim() != 2 or outputs.shape[1] < classes):
        raise UsageError(f"{got}: expected ({classes},) or more, one for each class")
    compared = sorted(used & {"mse", "mae"})
    if compared and (len(outputs) != len(targets) or outputs.numel() != targets.numel()):
        shape = tuple(targets.shape[1:]) or (1,)
        raise UsageError(f"{got}: expected {shape}, as {' and '.join(compared)} compare them with the targets")
