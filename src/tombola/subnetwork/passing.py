"""Through which weights anything can pass from the inputs to the outputs."""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tombola.subnetwork.layout import Layout


def idle_weights(model: nn.Module, layout: Layout, kept: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
    """Which kept weights nothing passes through any more, whatever their values are.

    They read a unit that was removed, or belong to one that nobody reads. What counts is how the
    model is wired: it is run with positive random numbers for inputs, weights, biases and scales,
    so that no unit is silent by chance, whole and with what is removed at zero.

    Args:
        model: left as it was.
        layout: of its prunable weights.
        kept: name -> bool; the mask, and vectors of which numbers were removed too.
        inputs: a batch, as the model takes it; of whole numbers it is used as it is.

    Returns:
        Flat, bool, on the CPU.

    >>> model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    >>> layout = Layout(("0.weight", "2.weight"), ((2, 2), (1, 2)))
    >>> kept = {"0.weight": torch.tensor([[True, True], [False, False]]), "2.weight": torch.ones(1, 2).bool()}
    >>> idle_weights(model, layout, kept, torch.ones(1, 2)).tolist()
    [False, False, False, False, False, True]
    """
    generator = torch.Generator().manual_seed(0)
    if inputs.is_floating_point():
        inputs = _positive(inputs, generator)
    made = copy.deepcopy(model).cpu()
    for module in made.modules():
        if isinstance(module, nn.modules.batchnorm._NormBase):
            module.reset_running_stats()
    for parameter in made.parameters():
        inputs_of_one = parameter.numel() // len(parameter) if parameter.dim() > 1 else 1
        parameter.data.copy_(_positive(parameter, generator) / inputs_of_one)
    whole = passing(made, layout, inputs)
    for name, bits in kept.items():
        made.get_parameter(name).data.mul_(bits)
    return layout.flatten(kept) & whole & ~passing(made, layout, inputs)


def passing(model: nn.Module, layout: Layout, inputs: Tensor) -> Tensor:
    """Which weights have an influence on the outputs for `inputs`, to first order.

    A weight has none where its gradient of a random weighting of all outputs is exactly zero: its
    input is zero in every example, or nothing that follows listens.

    Args:
        model: its prunable weights require gradients; evaluated as in `eval()` mode.
        layout: of its prunable weights.
        inputs: a batch, as the model takes it.

    Returns:
        Flat, bool.
    """
    weights = [model.get_parameter(name) for name in layout.names]
    with torch.enable_grad():
        outputs = model.eval()(inputs)
        weighting = torch.randn(outputs.shape, generator=torch.Generator().manual_seed(0)).to(outputs)
        gradients = torch.autograd.grad((outputs * weighting).sum(), weights, allow_unused=True)
    felt = [
        torch.zeros(weight.shape, dtype=torch.bool) if gradient is None else gradient.to_dense() != 0
        for weight, gradient in zip(weights, gradients, strict=True)
    ]
    return torch.cat([bits.reshape(-1) for bits in felt])


def _positive(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.rand(like.shape, generator=generator).to(like.dtype) + 0.5
