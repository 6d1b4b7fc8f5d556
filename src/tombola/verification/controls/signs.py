"""Controls that ask whether the signs or the magnitudes of the initial weights matter."""

from torch import Tensor

from tombola.ticket import Ticket
from tombola.verification.controls.control import altered
from tombola.verification.controls.randomness import coin_signs, control_seed
from tombola.verification.controls.weights import drawn, fresh_recipe, recipe_of
from tombola.verification.not_applicable import NotApplicable
from tombola.weights import draws

SAME, FLIPPED, RANDOM_SIGNS = "same-signs", "flipped-signs", "random-signs"


def same_signs(ticket: Ticket, seed: int) -> Ticket:
    """|fresh draw| · sign(initial weight).

    Raises:
        NotApplicable: where there is no recipe to draw from, or all it draws have one magnitude;
            where no weight that is kept has a sign.
    """
    recipe = recipe_of(ticket)
    if type(recipe).draw is draws.signed:
        raise NotApplicable(f"{recipe.name} gives every weight of a layer the same magnitude, so none can change")
    fresh = drawn(ticket, fresh_recipe(ticket, SAME, seed))
    signs = {name: initial.sign() for name, initial in _with_signs(ticket).items()}
    return altered(ticket, SAME, seed, weights={name: fresh[name].abs() * sign for name, sign in signs.items()})


def flipped_signs(ticket: Ticket, seed: int) -> Ticket:
    """−1 times the initial weights.

    Raises:
        NotApplicable: where no weight that is kept has a sign.
    """
    initial = _with_signs(ticket)
    return altered(ticket, FLIPPED, seed, weights={name: -values for name, values in initial.items()})


def random_signs(ticket: Ticket, seed: int) -> Ticket:
    """|initial weight| times a random sign.

    Raises:
        NotApplicable: where no weight that is kept has a sign.
    """
    initial = _with_signs(ticket)
    key = control_seed(RANDOM_SIGNS, seed, ticket.weights_digest)
    weights = {name: values.abs() * coin_signs(key, name, values) for name, values in initial.items()}
    return altered(ticket, RANDOM_SIGNS, seed, weights=weights)


def _with_signs(ticket: Ticket) -> dict[str, Tensor]:
    initial = ticket.initial_weights()
    if not any(bool(initial[name][bits].any()) for name, bits in ticket.mask.items()):
        raise NotApplicable("every weight that is kept is zero, so none has a sign")
    return initial
