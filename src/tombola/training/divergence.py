"""Losses that are no numbers any more: noticed within some steps, and named by the step they began at."""

from typing import NoReturn

import torch
from torch import Tensor, nn

from tombola.errors import DivergedError
from tombola.training.checkpoint import Position
from tombola.training.loop import Loop


def settle(loop: Loop, position: Position, pending: list[Tensor]) -> None:
    """Read the losses of the last steps into the position, and empty the list.

    Reading makes the host wait for the device, so losses are read many at a time.

    Raises:
        DivergedError: naming the first step whose loss is not finite.
    """
    if not pending:
        return
    sums = torch.stack(pending).cpu()
    if not bool(sums[:, 0].isfinite().all()):
        first = int((~sums[:, 0].isfinite()).nonzero()[0])
        diverged(loop, position, f"the loss became {float(sums[first, 0])}", len(pending) - first - 1)
    if not _all_finite(loop.network):
        diverged(loop, position, "what is trained was found NaN or infinite")
    pending.clear()
    for loss, metric in sums.tolist():
        position.loss_sum += loss
        position.metric_sum += metric
    facts = {"loss": f"{position.loss_sum / position.examples:.4f}"}
    facts[loop.task.metric.name] = f"{position.metric_sum / position.examples:.4f}"
    loop.progress.advance(loop.steps_at(position), facts | dict(loop.facts))


def _all_finite(network: nn.Module) -> bool:
    # Scores that overflow need not show in the loss: the mask is still made of some order of them.
    trained = [parameter.detach() for parameter in network.parameters() if parameter.requires_grad]
    return all(bool(torch.stack(torch.aminmax(values)).isfinite().all()) for values in trained if values.numel())


def diverged(loop: Loop, position: Position, what: str, steps_ago: int = 0) -> NoReturn:
    """Raise the error for what went wrong `steps_ago` steps before the position."""
    step, lr = loop.steps_at(position) - steps_ago, loop.training.lr_at(position.epoch)
    kept = "the last good checkpoint is kept" if loop.state_file.exists() else "nothing was saved"
    raise DivergedError(
        f"{what} at step {step} (epoch {position.epoch + 1}) with learning rate {lr:g}: "
        f"try a smaller one, such as {loop.training.lr / 10:g}; {kept}"
    )
