r"""What weights become once a mask is chosen: mask-1 actions of those kept, mask-0 actions of the others.

| mask-1 action | the kept weight becomes |
|---|---|
| rewind | what it began as, $w_i$ |
| reinit | a fresh draw of the recipe |
| reshuffle | the initial value of another kept weight of its layer |
| constant | $\pm\sigma$ with a random sign, σ the standard deviation of the layer's initial weights |

With `signed-` before its name an action keeps the sign of $w_i$ (a weight that begins at zero has none,
and stays zero); with `random-signed-` the sign is drawn. A constant has no sign of its own, so `constant`
and `random-signed-constant` are the same.

| mask-0 action | the removed weight becomes |
|---|---|
| zero | 0 |
| freeze | $w_i$, and is never trained |
| freeze-unless-fallen | 0 where $\lvert w_f \rvert < \lvert w_i \rvert$, else $w_i$, never trained |

Source: Zhou, Lan, Liu & Yosinski, "Deconstructing Lottery Tickets", NeurIPS 2019, arXiv 1905.01067,
sections 3 and 4.

Where this differs from the paper: in its code a "reinit" permutes the layer's initial values; here it
is a draw. Random signs are fair coins, not the layer's own signs in another order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from tombola.errors import unknown_name
from tombola.weights.bits import coins, stream
from tombola.weights.recipe import Recipe, Weights, recipe_of


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer's weights before training, and what they can be replaced by.

    Args:
        name: of the weight; part of every random key.
        initial: the weights it begins with, on the CPU.
        kept: bool, of the same shape.
        weights: what they were drawn from.
        density: of this layer, for recipes that are scaled by it.
        seed: of whatever is drawn anew.
    """

    name: str
    initial: Tensor
    kept: Tensor
    weights: Weights
    density: float
    seed: int

    @property
    def std(self) -> float:
        """The recipe's standard deviation, or, without a recipe, that of the values (n, not n − 1, below the sum)."""
        if isinstance(self.weights, Recipe):
            return self.weights.std(self.initial.shape, self.density)
        return float(self.initial.double().std(correction=0))


Action = Callable[[Layer], Tensor]


def rewound(layer: Layer) -> Tensor:
    """The initial weights themselves."""
    return layer.initial


def drawn_anew(layer: Layer) -> Tensor:
    """Another draw of the same distribution."""
    fresh = replace(recipe_to_redraw(layer.weights), seed=layer.seed)
    return fresh.tensor(layer.name, layer.initial.shape, layer.density, layer.initial.dtype)


def reshuffled(layer: Layer) -> Tensor:
    """The initial values of the kept weights, in a random order among the kept places."""
    values = layer.initial[layer.kept]
    words = stream(layer.seed, f"{layer.name}/order", tuple(layer.initial.shape)).random_raw(values.numel())
    order = torch.from_numpy(np.argsort(words, kind="stable"))
    return layer.initial.masked_scatter(layer.kept, values[order])


def constant(layer: Layer) -> Tensor:
    """One magnitude, with random signs."""
    return torch.full_like(layer.initial, layer.std) * random_signs(layer)


def random_signs(layer: Layer) -> Tensor:
    """+1 and −1 with equal chance."""
    shape = tuple(layer.initial.shape)
    bits = coins(stream(layer.seed, f"{layer.name}/signs", shape), layer.initial.numel())
    return torch.from_numpy(bits).to(layer.initial.dtype).mul_(-2).add_(1).view(shape)


def with_initial_signs(values: Action) -> Action:
    """The magnitudes that `values` gives, with the signs of the initial weights."""
    return lambda layer: values(layer).abs() * layer.initial.sign()


def with_random_signs(values: Action) -> Action:
    """The magnitudes that `values` gives, with random signs."""
    return lambda layer: values(layer).abs() * random_signs(layer)


VALUES: dict[str, Action] = {"reinit": drawn_anew, "reshuffle": reshuffled, "constant": constant}

MASK_1_ACTIONS: dict[str, Action] = (
    {"rewind": rewound}
    | VALUES
    | {f"signed-{name}": with_initial_signs(values) for name, values in VALUES.items()}
    | {f"random-signed-{name}": with_random_signs(values) for name, values in VALUES.items()}
)

# (initial, final) -> where a removed weight is frozen instead of zero.
MASK_0_ACTIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "zero": lambda initial, _: torch.zeros_like(initial, dtype=torch.bool),
    "freeze": lambda initial, _: torch.ones_like(initial, dtype=torch.bool),
    "freeze-unless-fallen": lambda initial, final: final.abs() >= initial.abs(),
}


def kept_weights_after(action: str, layer: Layer) -> Tensor:
    """The layer's weights after a mask-1 action: the kept ones changed by it, the others as they began.

    Raises:
        UsageError: for an unknown action, or for a fresh draw where there is no recipe.

    >>> from tombola.weights import KaimingNormal
    >>> initial, kept = torch.tensor([[0.3, -0.7]]), torch.tensor([[False, True]])
    >>> kept_weights_after("signed-constant", Layer("fc", initial, kept, KaimingNormal(), 0.5, seed=1))
    tensor([[ 0.3000, -1.0000]])
    """
    if action not in MASK_1_ACTIONS:
        raise unknown_name("mask_1_action", action, MASK_1_ACTIONS)
    return torch.where(layer.kept, MASK_1_ACTIONS[action](layer), layer.initial)


def recipe_to_redraw(weights: Weights) -> Recipe:
    """The recipe that a fresh draw comes from.

    Raises:
        UsageError: where there is none.
    """
    use = "mask_1_action reinit draws the weights anew"
    return recipe_of(weights, use, "weights of a recipe, or another action such as reshuffle")
