"""The distributions of untrained weights. They differ in form, in gain and in the fan they divide by.

Source: Ramanujan et al., What's hidden in a randomly weighted neural network? (CVPR 2020), sections
3.2 and 4.4. Its Xavier variants are the Kaiming ones without the factor √2, which is what Xavier is
here; Glorot and Bengio's own normal distribution is `GlorotNormal`.
"""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, get_args

from tombola.errors import UsageError
from tombola.weights import draws
from tombola.weights.recipe import Draw, Recipe

Fan: TypeAlias = Literal["fan_in", "fan_out"]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight, by PyTorch's convention; of a vector, its length twice.

    >>> fans((16, 3, 5, 5)), fans((7,))
    ((75, 400), (7, 7))
    """
    if len(shape) == 1:
        return shape[0], shape[0]
    receptive_field = math.prod(shape[2:])
    return shape[1] * receptive_field, shape[0] * receptive_field


@dataclass(frozen=True)
class FanRecipe(Recipe):
    """A recipe whose variance is gain / fan, with the fan of one's choice.

    Args:
        fan: divide by the number of inputs of a unit (`fan_in`) or by the number it feeds (`fan_out`).
    """

    fan: Fan = "fan_in"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.fan not in get_args(Fan):
            raise UsageError(f"fan={self.fan!r}: expected one of {', '.join(get_args(Fan))}")

    def connections(self, shape: tuple[int, ...]) -> float:
        return fans(shape)[get_args(Fan).index(self.fan)]


@dataclass(frozen=True)
class KaimingNormal(FanRecipe):
    """N(0, σ²) with σ = √(2/fan).

    >>> KaimingNormal(seed=0).tensor("fc.weight", (2, 2)).double().round(decimals=4).tolist()
    [[0.7167, 0.161], [0.3231, -1.0951]]
    """

    name: ClassVar[str] = "kaiming-normal"
    gain: ClassVar[float] = 2.0
    draw: ClassVar[Draw] = staticmethod(draws.normal)


@dataclass(frozen=True)
class SignedKaimingConstant(FanRecipe):
    """±σ with a random sign each, σ = √(2/fan).

    >>> SignedKaimingConstant(seed=0).tensor("fc.weight", (2, 2)).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    """

    name: ClassVar[str] = "signed-kaiming-constant"
    gain: ClassVar[float] = 2.0
    draw: ClassVar[Draw] = staticmethod(draws.signed)


@dataclass(frozen=True)
class KaimingConstant(FanRecipe):
    """σ = √(2/fan) everywhere: all weights of a layer are the same, and so are all its units.

    >>> KaimingConstant().tensor("fc.weight", (2, 2)).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    name: ClassVar[str] = "kaiming-constant"
    gain: ClassVar[float] = 2.0
    draw: ClassVar[Draw] = staticmethod(draws.equal)


@dataclass(frozen=True)
class Zeros(Recipe):
    """0 everywhere: nothing that a mask could tell apart.

    >>> Zeros().tensor("fc.weight", (2, 2)).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """

    name: ClassVar[str] = "zeros"
    gain: ClassVar[float] = 0.0
    draw: ClassVar[Draw] = staticmethod(draws.equal)

    def connections(self, shape: tuple[int, ...]) -> float:
        return fans(shape)[0]


@dataclass(frozen=True)
class KaimingUniform(FanRecipe):
    """Uniform between ±√3·σ, σ = √(2/fan)."""

    name: ClassVar[str] = "kaiming-uniform"
    gain: ClassVar[float] = 2.0
    draw: ClassVar[Draw] = staticmethod(draws.uniform)


@dataclass(frozen=True)
class XavierNormal(FanRecipe):
    """N(0, σ²) with σ = √(1/fan): Kaiming normal without the √2."""

    name: ClassVar[str] = "xavier-normal"
    gain: ClassVar[float] = 1.0
    draw: ClassVar[Draw] = staticmethod(draws.normal)


@dataclass(frozen=True)
class SignedXavierConstant(FanRecipe):
    """±σ with a random sign each, σ = √(1/fan): the signed Kaiming constant without the √2."""

    name: ClassVar[str] = "signed-xavier-constant"
    gain: ClassVar[float] = 1.0
    draw: ClassVar[Draw] = staticmethod(draws.signed)


@dataclass(frozen=True)
class GlorotNormal(Recipe):
    """N(0, σ²) with σ = √(2/(fan_in + fan_out)), Gaussian Glorot.

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
    networks (AISTATS 2010), equation 12.
    """

    name: ClassVar[str] = "glorot-normal"
    gain: ClassVar[float] = 2.0
    draw: ClassVar[Draw] = staticmethod(draws.normal)

    def connections(self, shape: tuple[int, ...]) -> float:
        return sum(fans(shape))


@dataclass(frozen=True)
class SignedGlorotConstant(Recipe):
    """±σ with a random sign each, σ = √(2/(fan_in + fan_out)): as far from 0 as `GlorotNormal` deviates.

    Source: Zhou, Lan, Liu and Yosinski, Deconstructing lottery tickets (NeurIPS 2019, arXiv 1905.01067),
    whose "signed constant" it is.

    >>> SignedGlorotConstant(seed=0).tensor("fc.weight", (2, 2)).double().round(decimals=4).tolist()
    [[-0.7071, 0.7071], [-0.7071, 0.7071]]
    """

    name: ClassVar[str] = "signed-glorot-constant"
    gain: ClassVar[float] = 2.0
    draw: ClassVar[Draw] = staticmethod(draws.signed)

    def connections(self, shape: tuple[int, ...]) -> float:
        return sum(fans(shape))


@dataclass(frozen=True)
class GlorotNarrow(Recipe):
    """Uniform between ±√(2/(fan_in + fan_out)): Glorot's uniform, 1/√3 as wide.

    Source: Aladago and Torresani, Slot machines (ICML 2021, arXiv 2101.06475).
    """

    name: ClassVar[str] = "glorot-narrow"
    gain: ClassVar[float] = 2.0 / 3.0
    draw: ClassVar[Draw] = staticmethod(draws.uniform)

    def connections(self, shape: tuple[int, ...]) -> float:
        return sum(fans(shape))


@dataclass(frozen=True)
class TorchDefault(Recipe):
    """Uniform between ±√(1/fan_in), so σ = √(1/(3·fan_in)): what PyTorch's Linear and Conv layers start from.

    Embeddings, attention and recurrent layers of PyTorch start from other distributions; here
    they get this one too.
    """

    name: ClassVar[str] = "torch-default"
    gain: ClassVar[float] = 1.0 / 3.0
    draw: ClassVar[Draw] = staticmethod(draws.uniform)

    def connections(self, shape: tuple[int, ...]) -> float:
        return fans(shape)[0]
