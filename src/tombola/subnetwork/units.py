"""Output units: which weights of a tensor are those of one neuron, filter or feature."""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn

# Weights that lie as (in, out, …). The last is what GPT-2 of `transformers` is made of; it is known
# by name, so that nothing has to be imported.
TURNED: tuple[type[nn.Module], ...] = (nn.modules.conv._ConvTransposeNd, nn.Embedding, nn.EmbeddingBag)
TURNED_BY_NAME = ("transformers.pytorch_utils.Conv1D",)


@dataclass(frozen=True)
class Units:
    """How the weights of one tensor are divided among the output units of its layer: all get as many.

    Args:
        shape: of the tensor.
        dim: the dimension that counts the outputs: 0, or 1 where the first counts the inputs.
        groups: only with dim=1: consecutive blocks of inputs, each of which has outputs of its own.

    >>> Units((3, 4)).count, Units((3, 4), dim=1).count, Units((6, 4, 5, 5), dim=1, groups=2).count
    (3, 4, 8)
    """

    shape: tuple[int, ...]
    dim: int = 0
    groups: int = 1

    @property
    def count(self) -> int:
        """Number of units."""
        return self.shape[self.dim] * self.groups if self.shape else 1

    @property
    def input_dim(self) -> int:
        """The dimension that counts the inputs, where there are two or more."""
        return 1 - self.dim

    @property
    def inputs(self) -> int:
        """Number of inputs that one unit sees, positions of a kernel not counted."""
        return self.shape[self.input_dim] // self.groups if len(self.shape) > 1 else 1

    def rows(self, weight: Tensor) -> Tensor:
        """The weights of each unit in a row of their own.

        Args:
            weight: of the tensor's shape.

        Returns:
            (units, weights a unit), a copy where the units do not lie so.

        >>> import torch
        >>> Units((2, 3), dim=1).rows(torch.arange(6).view(2, 3)).tolist()
        [[0, 3], [1, 4], [2, 5]]
        """
        if self.dim == 0:
            return weight.reshape(self.count, -1)
        blocks = weight.reshape(self.groups, self.shape[0] // self.groups, *self.shape[1:])
        return blocks.transpose(1, 2).reshape(self.count, -1)

    def expand(self, values: Tensor) -> Tensor:
        """One value a unit, given to each of its weights; a view where it can be one.

        Args:
            values: (units,).

        Returns:
            Of the tensor's shape.

        >>> import torch
        >>> Units((2, 3), dim=1).expand(torch.tensor([7, 8, 9])).tolist()
        [[7, 8, 9], [7, 8, 9]]
        """
        single = (1,) * (len(self.shape) - 2)
        if self.dim == 0:
            return values.reshape(self.shape[:1] + (1,) * (len(self.shape) - 1)).expand(self.shape)
        blocks = values.view(self.groups, 1, self.shape[1], *single)
        return blocks.expand(self.groups, self.shape[0] // self.groups, *self.shape[1:]).reshape(self.shape)


def units_of(model: nn.Module, names: Iterable[str]) -> dict[str, Units]:
    """Name -> the units of that parameter, by the type of the layer it belongs to.

    Linear layers and convolutions: neurons and filters. Attention and recurrent layers: rows of
    their packed projections, so a row is a gate's view of one side, not a whole neuron. Transposed
    convolutions: output channels. Embeddings: features, not words. A tied weight has the units of
    the first layer that owns it. A parameter of the user's own modules is taken to lie as a linear
    layer's does: one row a unit.

    Args:
        model: any module.
        names: of parameters.

    >>> units_of(nn.Sequential(nn.Embedding(9, 4), nn.Linear(4, 3)), ["0.weight", "1.weight"])
    {'0.weight': Units(shape=(9, 4), dim=1, groups=1), '1.weight': Units(shape=(3, 4), dim=0, groups=1)}
    """
    owners: dict[int, nn.Module] = {}
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            owners.setdefault(id(parameter), module)
    parameters = dict(model.named_parameters())
    return {name: _units(owners[id(parameters[name])], tuple(parameters[name].shape)) for name in names}


def _units(owner: nn.Module, shape: tuple[int, ...]) -> Units:
    if len(shape) < 2 or not _is_turned(owner):
        return Units(shape)
    groups = owner.groups if isinstance(owner, nn.modules.conv._ConvTransposeNd) else 1
    return Units(shape, dim=1, groups=groups)


def _is_turned(owner: nn.Module) -> bool:
    kinds = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(owner).__mro__)
    return isinstance(owner, TURNED) or any(kind in TURNED_BY_NAME for kind in kinds)
