"""Layer collapse: layers through which no signal passes any more."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tombola.errors import UsageError
from tombola.subnetwork.subnetwork import Subnetwork


def silent_layers(network: Subnetwork, mask: Tensor, inputs: Tensor) -> tuple[str, ...]:
    """Names of the layers whose masked weights have no influence on the outputs for `inputs`.

    A layer is silent if the gradient of a random weighting of all outputs is exactly zero on each
    of its weights: nothing enters it, or all that leaves it is cut. Removed weights count, since
    straight-through gradients could bring them back. Weights that the forward pass never reads
    are silent under every mask, so compare with the silent layers of the whole network.

    Args:
        network: evaluated as in `eval()` mode; left as it was.
        mask: flat, bool.
        inputs: a batch, as the model takes it.

    Raises:
        UsageError: where the model does not take such inputs, or does not give one tensor.

    >>> from tombola.masks import Mask
    >>> model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    >>> nothing = torch.tensor([False] * 4 + [True] * 2)
    >>> network = Subnetwork(model, Mask({"0.weight": nothing[:4].view(2, 2), "2.weight": nothing[4:].view(1, 2)}))
    >>> silent_layers(network, nothing, torch.ones(3, 2))
    ('0.weight', '2.weight')
    """
    views = [view.requires_grad_() for view in network.layout.views((network.weights * mask).detach())]
    was_training = network.training
    network.eval()
    try:
        # cuDNN's recurrent layers have no gradient in evaluation mode.
        with torch.backends.cudnn.flags(enabled=False):
            outputs = _outputs(network.skeleton, dict(zip(network.layout.names, views, strict=True)), inputs)
        generator = torch.Generator().manual_seed(0)
        weighting = torch.randn(outputs.shape, generator=generator).to(outputs)
        if not outputs.requires_grad:
            kind = type(network.skeleton).__name__
            raise UsageError(f"the outputs of {kind} depend on none of its prunable weights: nothing can be learned")
        gradients = torch.autograd.grad((outputs * weighting).sum(), views, allow_unused=True)
    finally:
        network.train(was_training)
    live = [gradient is not None and bool(gradient.any()) for gradient in gradients]
    return tuple(name for name, is_live in zip(network.layout.names, live, strict=True) if not is_live)


def _outputs(skeleton: nn.Module, weights: dict[str, Tensor], inputs: Tensor) -> Tensor:
    kind, shape = type(skeleton).__name__, tuple(inputs.shape[1:])
    try:
        outputs: Any = functional_call(skeleton, weights, (inputs,))
    except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
        takes = getattr(skeleton, "input_shape", None)
        allowed = f"expected inputs of shape {takes}" if takes else str(error).split("\n")[0]
        raise UsageError(f"{kind} does not take inputs of shape {shape} ({inputs.dtype}): {allowed}") from error
    if not isinstance(outputs, Tensor):
        raise UsageError(f"{kind} gives a {type(outputs).__name__}: expected one tensor; wrap the model to return it")
    return outputs
