"""Controls that ask whether the initial weights matter: other weights, the same mask."""

from dataclasses import replace

from torch import Tensor

from tombola.errors import UsageError
from tombola.ticket import Ticket
from tombola.verification.controls.control import altered
from tombola.verification.controls.randomness import control_seed, permutation
from tombola.verification.not_applicable import NotApplicable
from tombola.weights import Recipe, recipe_from_spec

FRESH, PERMUTED = "fresh-weights", "permuted-weights"


def fresh_weights(ticket: Ticket, seed: int) -> Ticket:
    """Weights drawn anew from the same recipe: distribution, fan and scale stay.

    Weights that are given as tensors (rewound ones, say) are drawn anew from the recipe that the
    ticket's spec names, as the untrained weights they began as.

    Raises:
        NotApplicable: where there is no recipe to draw from, or the ticket keeps nothing.
    """
    if not ticket.mask.kept():
        raise NotApplicable("the ticket keeps no weight, so others change nothing")
    fresh = fresh_recipe(ticket, FRESH, seed)
    is_given = not isinstance(ticket.weights, Recipe)
    return altered(ticket, FRESH, seed, weights=drawn(ticket, fresh) if is_given else fresh)


def permuted_weights(ticket: Ticket, seed: int) -> Ticket:
    """The values of the kept weights in another order within each layer.

    Raises:
        NotApplicable: where no layer keeps two different values.
    """
    key = control_seed(PERMUTED, seed, ticket.weights_digest)
    initial = ticket.initial_weights()
    kept = {name: initial[name][bits] for name, bits in ticket.mask.items()}
    if not any(_differ(values) for values in kept.values()):
        raise NotApplicable("no layer keeps two weights of different value, so no other order differs")
    moved = {name: values[permutation(key, name, values.numel())] for name, values in kept.items()}
    weights = {name: initial[name].masked_scatter(bits, moved[name]) for name, bits in ticket.mask.items()}
    return altered(ticket, PERMUTED, seed, weights=weights)


def recipe_of(ticket: Ticket) -> Recipe:
    """What the initial weights were drawn from: the ticket's recipe, or the one that its spec names.

    Raises:
        NotApplicable: where it has neither.
    """
    if isinstance(ticket.weights, Recipe):
        return ticket.weights
    named = ticket.spec.get("weights")
    try:
        return recipe_from_spec(named)  # type: ignore[arg-type] # anything else is refused
    except (UsageError, TypeError) as error:
        raise NotApplicable(
            "the initial weights are given, and the spec names no recipe to draw others from"
        ) from error


def fresh_recipe(ticket: Ticket, control: str, seed: int) -> Recipe:
    """The recipe of the ticket with another seed."""
    return replace(recipe_of(ticket), seed=control_seed(control, seed, ticket.weights_digest))


def drawn(ticket: Ticket, recipe: Recipe) -> dict[str, Tensor]:
    """The weights that a recipe gives for the ticket's layers, in the type of its initial ones."""
    return {
        name: recipe.tensor(name, tuple(initial.shape), ticket.densities[name], initial.dtype)
        for name, initial in ticket.initial_weights().items()
    }


def _differ(values: Tensor) -> bool:
    return values.numel() > 1 and bool((values != values[0]).any())
