"""The parts of a model that are not masked: a copy of it without its prunable weights."""

import copy

import torch
from torch import nn

from tombola.errors import UsageError
from tombola.subnetwork.layout import Layout
from tombola.subnetwork.prunable import NORMALISATION, default_names
from tombola.weights import Own, Recipe


def hollow_copy(model: nn.Module, layout: Layout) -> nn.Module:
    """A deep copy of `model` whose prunable weights are placeholders without storage.

    The model itself is left as it is. Tied weights share their placeholder, so they stay tied.
    """
    if isinstance(model, torch.jit.ScriptModule):
        raise UsageError("a scripted model is compiled and cannot be masked: give the module it was made from")
    parameters = dict(model.named_parameters())
    memo = {id(parameters[name]): _placeholder(parameters[name]) for name in layout.names}
    try:
        return copy.deepcopy(model, memo)
    except (RuntimeError, TypeError) as error:
        kind = type(model).__name__
        raise UsageError(f"{kind} cannot be copied ({error}): give a model that deepcopy accepts") from error


def make_untrained(skeleton: nn.Module, layout: Layout, recipe: Recipe) -> None:
    """Put everything but the masked weights of a hollow copy into its untrained state.

    Biases are zero, normalisation is the identity with fresh running statistics, and weights
    that a pattern excluded from pruning are drawn from the recipe like the others, whole.
    Other parameters (positional embeddings, say) keep the values the model came with.

    Source: Ramanujan et al. 2020, section 4.1: no bias, batch norm at scale 1 and shift 0.
    """
    for path, module in skeleton.named_modules():
        if isinstance(module, NORMALISATION):
            _reset_normalisation(module)
        for leaf, parameter in module.named_parameters(recurse=False):
            if "bias" in leaf and f"{path}.{leaf}".lstrip(".") not in layout.by_name:
                parameter.data.zero_()
    excluded = set(default_names(skeleton)) - set(layout.names)
    for name in sorted(excluded):
        parameter = skeleton.get_parameter(name)
        parameter.data.copy_(recipe.tensor(name, tuple(parameter.shape)))


def untrained_copy(model: nn.Module, layout: Layout, weights: Recipe | Own) -> nn.Module:
    """An ordinary copy of `model`, all of it trainable, with the weights that training begins from.

    Args:
        model: left as it is.
        layout: of its prunable weights.
        weights: a recipe, whose draws fill the prunable weights (biases are zero, normalisation is
            fresh), or `Own()` for the values the model has.

    Raises:
        UsageError: where the model cannot be copied.
    """
    if isinstance(model, torch.jit.ScriptModule):
        raise UsageError("a scripted model is compiled and cannot be masked: give the module it was made from")
    try:
        made = copy.deepcopy(model)
    except (RuntimeError, TypeError) as error:
        kind = type(model).__name__
        raise UsageError(f"{kind} cannot be copied ({error}): give a model that deepcopy accepts") from error
    if isinstance(weights, Recipe):
        make_untrained(made, layout, weights)
        for name, shape in layout.by_name.items():
            made.get_parameter(name).data.copy_(weights.tensor(name, shape))
    for parameter in made.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return made


def _placeholder(parameter: nn.Parameter) -> nn.Parameter:
    return nn.Parameter(torch.empty(0, dtype=parameter.dtype, device=parameter.device), requires_grad=False)


def _reset_normalisation(module: nn.Module) -> None:
    for name, value in (("weight", 1.0), ("bias", 0.0)):
        parameter = getattr(module, name, None)
        if isinstance(parameter, nn.Parameter):
            parameter.data.fill_(value)
    if isinstance(module, nn.modules.batchnorm._NormBase):
        module.reset_running_stats()
