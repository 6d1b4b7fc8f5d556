"""Whether the parts of a ticket go together."""

from collections.abc import Mapping

from torch import Tensor

from tombola.errors import UsageError
from tombola.masks import Mask
from tombola.ticket.tensors import own


def check_names(mask: Mask, densities: Mapping[str, float], state: Mapping[str, Tensor]) -> None:
    """Every layer of the mask has a density, nothing is both masked and in the state, and names can be printed.

    Raises:
        UsageError: naming the first that breaks this.
    """
    for name in (*mask, *state):
        if not isinstance(name, str) or not name.isprintable():
            raise UsageError(f"{name!r:.100}: expected a name of printable characters")
    masked = set(mask)
    if twice := sorted(masked & set(state)):
        raise UsageError(f"{twice[0]!r} is both masked and in the state: expected it in one of them")
    if set(densities) != masked:
        differing = sorted(masked ^ set(densities))
        raise UsageError(f"densities: expected one for each layer of the mask; {differing[0]!r} is in one alone")


def own_weights(weights: Mapping[str, Tensor], mask: Mask) -> dict[str, Tensor]:
    """Copies of the initial weights, one for each layer of the mask, in its order.

    Raises:
        UsageError: where one is missing, too many, or of another shape.
    """
    owned = {name: own(name, tensor) for name, tensor in weights.items()}
    shapes, expected = {name: tuple(tensor.shape) for name, tensor in owned.items()}, mask.shapes
    if differing := sorted(name for name in {*shapes, *mask} if shapes.get(name) != expected.get(name)):
        name = differing[0]
        raise UsageError(
            f"weights: expected one for each layer of the mask, of its shape; "
            f"{name!r} is {shapes.get(name)} in the weights, {expected.get(name)} in the mask"
        )
    return {name: owned[name] for name in mask}
