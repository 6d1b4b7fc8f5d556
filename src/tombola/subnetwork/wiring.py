"""What lies behind a weight, read off the graph that autograd records of one forward pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tombola.subnetwork.layout import Layout
from tombola.subnetwork.prunable import NORMALISATION

# Operations through which a weight, or a part of it, reaches the one that applies it.
WHOLE = frozenset(("T", "Transpose", "View", "UnsafeView", "ReshapeAlias", "Permute", "Expand", "Repeat", "Clone"))
PARTS = frozenset(("Split", "SplitWithSizes", "UnsafeSplit", "Slice", "Select", "Unbind", "Unsqueeze", "Squeeze"))
VIEWS = WHOLE | PARTS | {"ToCopy", "Alias"}
# Operations that leave units what they are: those of the other operand are as near to the outputs.
ELEMENTWISE = frozenset(("Add", "Sub", "Mul", "Div"))


@dataclass(frozen=True)
class Wiring:
    """Where a model's weights stand in it.

    Args:
        outputs: the weights with no other weight between them and the model's outputs: the output
            layer, or every layer that adds to the outputs.
        companions: weight -> the vectors with one number for each of its units: the bias of its
            layer, and scale and shift of normalisations that read that layer alone.
    """

    outputs: frozenset[str]
    companions: Mapping[str, tuple[str, ...]]


def wiring_of(model: nn.Module, layout: Layout, inputs: Tensor) -> Wiring:
    """Find out where the prunable weights of a model stand in it, by running it once.

    Args:
        model: all of it requires gradients; its values are not changed.
        layout: of its prunable weights.
        inputs: a batch, as the model takes it.

    >>> model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))
    >>> from tombola.subnetwork import prunable_layout
    >>> wiring_of(model, prunable_layout(model), torch.ones(2, 4))
    Wiring(outputs=frozenset({'3.weight'}),
           companions={'0.weight': ('0.bias', '1.bias', '1.weight'), '3.weight': ('3.bias',)})
    """
    was_training = model.training
    with torch.enable_grad():
        graph = _Graph(model, layout, model.eval()(inputs).grad_fn)
    model.train(was_training)
    return Wiring(graph.outputs(), graph.companions())


class _Graph:
    """The recorded operations, from the outputs back."""

    def __init__(self, model: nn.Module, layout: Layout, root: Any) -> None:
        self._layout, self._root = layout, root
        self._prunable = frozenset(layout.names)
        self._shapes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
        self._name = {id(parameter): name for name, parameter in model.named_parameters()}
        norms = [module for module in model.modules() if isinstance(module, NORMALISATION)]
        self._norms = {self._name[id(vector)] for norm in norms for vector in norm.parameters(recurse=False)}

    def outputs(self) -> frozenset[str]:
        """The weights that are met first on every way back from the outputs."""
        met: set[str] = set()
        for node in self._walk(past_weights=False):
            met |= self._weights(node)
        return frozenset(met)

    def companions(self) -> dict[str, tuple[str, ...]]:
        """Weight -> names of its vectors, where it has some."""
        normalised = self._normalised()
        found = {}
        for weight, units in zip(self._layout.names, self._layout.units, strict=True):
            path, dot, leaf = weight.rpartition(".")
            bias = path + dot + leaf.replace("weight", "bias")
            candidates = [bias, *(vector for vector, layers in normalised.items() if layers == {weight})]
            fitting = [name for name in candidates if self._shapes.get(name) == (units.count,)]
            found[weight] = tuple(name for name in fitting if name not in self._prunable)
        return {weight: vectors for weight, vectors in found.items() if vectors}

    def _normalised(self) -> dict[str, set[str]]:
        """Scale or shift of a normalisation -> the weights whose products it reads, wherever it is used."""
        found: dict[str, set[str]] = {}
        for node in self._walk(past_weights=True):
            for vector in sorted(self._read(node) & self._norms):
                found.setdefault(vector, set()).update(self._before(node))
        return found

    def _before(self, node: Any) -> set[str]:
        """The weights applied last on the only way to an operation; none of a name where there are several ways."""
        while True:
            behind = [source for source in _sources(node) if _leaf(source) is None]
            if len(behind) != 1:
                return {""}
            (node,) = behind
            if weights := self._weights(node):
                return weights

    def _walk(self, past_weights: bool) -> Iterator[Any]:
        to_do, seen = [self._root], set()
        while to_do:
            node = to_do.pop()
            if node in seen:
                continue
            seen.add(node)
            yield node
            if past_weights or not self._weights(node) or _kind(node) in ELEMENTWISE:
                to_do.extend(reversed(_sources(node)))

    def _weights(self, node: Any) -> set[str]:
        """The prunable weights that an operation applies."""
        return self._read(node) & self._prunable

    def _read(self, node: Any) -> set[str]:
        """The parameters among the operands of an operation."""
        leaves = (_leaf(source) for source in _sources(node))
        return {self._name[id(leaf)] for leaf in leaves if leaf is not None and id(leaf) in self._name}


def _sources(node: Any) -> list[Any]:
    return [source for source, _ in node.next_functions if source is not None]


def _kind(node: Any) -> str:
    return str(node.name()).rstrip("0123456789").removesuffix("Backward")


def _leaf(node: Any) -> Tensor | None:
    """The parameter that a chain of views is made of."""
    while _kind(node) in VIEWS and _sources(node):
        node = _sources(node)[0]
    leaf: Tensor | None = getattr(node, "variable", None)
    return leaf
