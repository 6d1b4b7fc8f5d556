"""Which tensors of a model are prunable."""

import fnmatch
import warnings
from collections.abc import Iterator, Sequence

from torch import nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils.parametrize import is_parametrized

from tombola.errors import UsageError
from tombola.subnetwork.layout import Layout
from tombola.subnetwork.units import units_of

# Matched by type, never by name: a layer called `norm1` may be anything.
NORMALISATION: tuple[type[nn.Module], ...] = (
    nn.modules.batchnorm._NormBase,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
    nn.LocalResponseNorm,
)

# Attention keeps its projections in parameters of its own, recurrent layers one per gate matrix.
MANY_WEIGHTS: tuple[type[nn.Module], ...] = (nn.MultiheadAttention, nn.RNNBase, nn.RNNCellBase)


def prunable_layout(model: nn.Module, include: str | Sequence[str] = (), exclude: str | Sequence[str] = ()) -> Layout:
    """The weights of linear, convolution, attention, embedding and recurrent layers.

    A parameter is prunable if it is a matrix or more, floating point, and either the `weight` of
    a layer that is no normalisation or one of the projections of an attention or recurrent layer.
    Biases and normalisation are not. A tied weight is one weight, under its first name.

    Args:
        model: any module.
        include: glob patterns of parameter names that are prunable besides, e.g. `"pos_embed"`.
        exclude: glob patterns of parameter names that are not, e.g. `"head.*"`; wins over include.

    Returns:
        The layout of the prunable weights, in the model's own order, and which of them are whose units.

    Raises:
        UsageError: where nothing is prunable, a pattern matches nothing, or a lazy layer has not
            seen its first batch.

    >>> prunable_layout(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 2))).names
    ('0.weight', '2.weight')
    """
    include, exclude = ([given] if isinstance(given, str) else given for given in (include, exclude))
    candidates = dict(model.named_parameters())
    _check_patterns("include", include, list(candidates))
    _check_patterns("exclude", exclude, list(candidates))
    chosen = {name for name in default_names(model) if not matches(name, exclude)}
    chosen |= {name for name in candidates if matches(name, include) and not matches(name, exclude)}
    chosen = {name for name in chosen if candidates[name].is_floating_point() and candidates[name].numel()}
    if not chosen:
        raise UsageError(
            f"{type(model).__name__} has no prunable weights: expected linear, convolution, attention, embedding or "
            f"recurrent layers, or include=[...] with patterns of its parameters ({_some(list(candidates))})"
        )
    _warn_of_parametrized(model, chosen)
    names = tuple(name for name in candidates if name in chosen)
    units = units_of(model, names)
    return Layout(names, tuple(units[name].shape for name in names), tuple(units[name] for name in names))


def default_names(model: nn.Module) -> Iterator[str]:
    """Names of the parameters that are prunable where no pattern says otherwise."""
    first_name = {id(parameter): name for name, parameter in model.named_parameters()}
    for path, module in model.named_modules():
        for leaf, parameter in module.named_parameters(recurse=False):
            if isinstance(parameter, UninitializedParameter):
                raise UsageError(f"{path}.{leaf} has no shape yet: run one batch through the lazy layer first")
            if parameter.dim() >= 2 and _is_weight(module, leaf):
                yield first_name[id(parameter)]


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a glob pattern matches the parameter's name, or the name of its layer.

    >>> matches("features.0.weight", ["features.*"]), matches("fc3.weight", ["fc3"]), matches("fc3.weight", ["fc"])
    (True, True, False)
    """
    return any(fnmatch.fnmatchcase(form, pattern) for pattern in patterns for form in (name, name.rpartition(".")[0]))


def _is_weight(module: nn.Module, leaf: str) -> bool:
    if isinstance(module, MANY_WEIGHTS):
        return "weight" in leaf
    return leaf == "weight" and not isinstance(module, NORMALISATION)


def _warn_of_parametrized(model: nn.Module, chosen: set[str]) -> None:
    # Their weights are computed from other parameters, which no default rule can know to be weights.
    for path, module in model.named_modules():
        inside = f"{path}.parametrizations.".lstrip(".")
        if is_parametrized(module) and not any(name.startswith(inside) for name in chosen):
            warnings.warn(
                f"{path or 'the model'} is parametrized and is not masked: call remove_parametrizations first, "
                f"or include={inside + '*'!r}",
                stacklevel=3,
            )


def _check_patterns(of: str, patterns: Sequence[str], names: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(matches(name, [pattern]) for name in names):
            raise UsageError(f"{of}: pattern {pattern!r} matches no parameter: expected one that fits {_some(names)}")


def _some(names: Sequence[str], most: int = 8) -> str:
    more = f", … ({len(names) - most} more)" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more
