"""`Subnetwork`: any model, evaluated with masked weights."""

from collections.abc import Callable, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.subnetwork.canonical import unmasked_state
from tombola.subnetwork.layout import Layout
from tombola.subnetwork.prunable import prunable_layout
from tombola.subnetwork.selectors import FixedMask, Selector
from tombola.subnetwork.skeleton import hollow_copy, make_untrained
from tombola.weights import Own, Recipe

# Layers that autocast runs in its lower precision: their masked weights can be made in it directly.
LOWERED = (nn.Linear, nn.modules.conv._ConvNd, nn.MultiheadAttention)


class Subnetwork(nn.Module):
    r"""A model's function with masked weights: $f(x; w \odot m)$.

    The model is neither changed nor subclassed: the subnetwork works on a copy without the
    prunable weights, and hands it masked ones at each call. All prunable weights lie in one flat
    tensor, `weights`.

    Args:
        model: any module.
        select: a `Mask`, or a selector made for the model's layout.
        weights: a recipe for an untrained network (its biases are then zero, its normalisation
            fresh, nothing but scores is trainable), or `Own()` for the model's present weights.
        include: patterns of parameters that are prunable besides the default ones.
        exclude: patterns of parameters that are not prunable.
        densities: name -> density of each layer, for recipes that are scaled by it.

    Raises:
        UsageError: where nothing is prunable, a pattern matches nothing, or a mask does not fit.

    >>> model = nn.Linear(2, 1, bias=False)
    >>> mask = Mask({"weight": torch.tensor([[True, False]])})
    >>> x = torch.tensor([[1.0, 5.0]])
    >>> torch.equal(Subnetwork(model, mask)(x), model.weight[:, :1])
    True
    """

    def __init__(
        self,
        model: nn.Module,
        select: Mask | Selector,
        weights: Recipe | Own | None = None,
        *,
        include: str | Sequence[str] = (),
        exclude: str | Sequence[str] = (),
        densities: dict[str, float] | None = None,
    ) -> None:
        super().__init__()
        layout = prunable_layout(model, include, exclude)
        self.layout = layout
        self.skeleton = hollow_copy(model, layout)
        if isinstance(weights, Recipe):
            make_untrained(self.skeleton, layout, weights)
        flat = layout.fill(_source(model, weights, densities or {}), like=_common(model, layout))
        self.weights = nn.Parameter(flat, requires_grad=False)
        selector = FixedMask(layout, select) if isinstance(select, Mask) else select
        _check_layout(layout, selector.layout)
        self.selector: Selector = selector.to(flat.device)
        self._may_lower = _all_lowered(model, layout)
        self._aliases = _aliases(model, layout)
        for parameter in self.skeleton.parameters():
            parameter.requires_grad_(False)
        self.train(model.training)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        masked = dict(zip(self.layout.names, self.selector(self.weights, self._compute_dtype()), strict=True))
        tensors = {alias: masked[name] for alias, name in self._aliases.items()}
        return functional_call(self.skeleton, tensors, args, kwargs, tie_weights=False)

    def unfreeze(self) -> Self:
        """Open the weights, biases and normalisation to training, in place, as `requires_grad_` does.

        >>> model = nn.Linear(2, 1, bias=False)
        >>> net = Subnetwork(model, Mask({"weight": torch.tensor([[True, False]])})).unfreeze()
        >>> net(torch.ones(1, 2)).sum().backward()
        >>> net.weights.grad
        tensor([1., 0.])
        """
        for parameter in (self.weights, *self.skeleton.parameters()):
            parameter.requires_grad_(parameter.is_floating_point() and parameter.numel() > 0)
        return self

    @property
    def mask(self) -> Mask:
        """The present mask, as a value."""
        return Mask(self.layout.named(self.selector.flat_mask()))

    def initial_weights(self) -> dict[str, Tensor]:
        """Name -> the unmasked weights; views of the flat tensor."""
        return self.layout.named(self.weights.detach())

    def masked_weights(self) -> dict[str, Tensor]:
        """Name -> the masked weights, as the forward pass uses them."""
        with torch.no_grad():
            return dict(zip(self.layout.names, self.selector(self.weights, self.weights.dtype), strict=True))

    def unmasked_state(self) -> dict[str, Tensor]:
        """Every other parameter and persistent buffer, batch-norm statistics among them; views."""
        return unmasked_state(self.skeleton, self.layout.names)

    def _compute_dtype(self) -> torch.dtype:
        kind = self.weights.device.type
        may_lower = self._may_lower and self.weights.dtype == torch.float32
        if may_lower and torch.is_autocast_enabled(kind):
            return torch.get_autocast_dtype(kind)
        return self.weights.dtype


def _source(
    model: nn.Module, weights: Recipe | Own | None, densities: dict[str, float]
) -> Callable[[str, tuple[int, ...]], Tensor]:
    if not isinstance(weights, Recipe):
        return lambda name, _shape: model.get_parameter(name).detach()
    return lambda name, shape: weights.tensor(name, shape, densities.get(name, 1.0))


def _common(model: nn.Module, layout: Layout) -> Tensor:
    """A weight whose type and device all the prunable weights have."""
    parameters = [model.get_parameter(name) for name in layout.names]
    kinds = {(parameter.dtype, parameter.device) for parameter in parameters}
    if parameters[0].is_meta:
        raise UsageError("the prunable weights are on the meta device: expected a model with values")
    if len(kinds) > 1:
        listed = ", ".join(sorted(f"{dtype} on {device}" for dtype, device in kinds))
        raise UsageError(f"the prunable weights are {listed}: expected one dtype and one device; use model.to(...)")
    return parameters[0]


def _aliases(model: nn.Module, layout: Layout) -> dict[str, str]:
    """Every name of a masked weight -> the first one. Found once: to look for ties at each call takes time."""
    first = {id(model.get_parameter(name)): name for name in layout.names}
    named = model.named_parameters(remove_duplicate=False)
    return {name: first[id(parameter)] for name, parameter in named if id(parameter) in first}


def _check_layout(own: Layout, other: Layout) -> None:
    if own != other:
        differing = sorted({name for name, _ in set(own.by_name.items()) ^ set(other.by_name.items())})
        raise UsageError(f"the selector is for another model: names or shapes differ in {', '.join(differing)}")


def _all_lowered(model: nn.Module, layout: Layout) -> bool:
    # A tied weight is read by all its owners, each of which must accept the lower precision.
    wanted = {id(model.get_parameter(name)) for name in layout.names}
    return all(
        isinstance(module, LOWERED)
        for module in model.modules()
        for parameter in module.parameters(recurse=False)
        if id(parameter) in wanted
    )
