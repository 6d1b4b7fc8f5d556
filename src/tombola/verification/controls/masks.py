"""Controls that ask whether it matters which weights are kept: other masks, the same weights."""

from torch import Tensor

from tombola.masks import Mask, top_k_mask
from tombola.ticket import Ticket
from tombola.verification.controls.control import altered
from tombola.verification.controls.randomness import control_seed, permutation
from tombola.verification.not_applicable import NotApplicable
from tombola.weights import Recipe, TorchDefault

RANDOM, SHUFFLED, DENSE = "random-mask", "shuffled-mask", "dense"


def random_mask(ticket: Ticket, seed: int) -> Ticket:
    """A mask drawn anew, with exactly as many weights kept in each layer.

    Of an N:M pattern only the counts are kept.

    Raises:
        NotApplicable: where every layer keeps all of its weights or none, or the ticket does not
            know the weights that it removed.
    """
    _check_other_masks(ticket)
    draw = TorchDefault(seed=control_seed(RANDOM, seed, ticket.mask.digest()))
    scores = {name: draw.tensor(name, (ticket.mask.numel(name),)) for name in _open(ticket.mask)}
    chosen = {name: top_k_mask(score, ticket.mask.kept(name)) for name, score in scores.items()}
    return altered(ticket, RANDOM, seed, mask=_with(ticket.mask, chosen))


def shuffled_mask(ticket: Ticket, seed: int) -> Ticket:
    """The mask's own entries in another order within each layer.

    Raises:
        NotApplicable: where every layer keeps all of its weights or none, or the ticket does not
            know the weights that it removed.
    """
    _check_other_masks(ticket)
    key = control_seed(SHUFFLED, seed, ticket.mask.digest())
    flat = {name: ticket.mask[name].reshape(-1) for name in _open(ticket.mask)}
    chosen = {name: bits[permutation(key, name, bits.numel())] for name, bits in flat.items()}
    return altered(ticket, SHUFFLED, seed, mask=_with(ticket.mask, chosen))


def dense(ticket: Ticket, seed: int) -> Ticket:
    """The whole network, with the very same initial weights.

    A scaled recipe would draw other weights at density 1, so the drawn ones are given instead.

    Raises:
        NotApplicable: where the ticket keeps every weight, or does not know those that it removed.
    """
    if ticket.mask.kept() == ticket.mask.numel():
        raise NotApplicable("the ticket keeps every weight: it is the whole network already")
    _check_removed_are_known(ticket)
    whole = Mask({name: bits | True for name, bits in ticket.mask.items()})
    stays = isinstance(ticket.weights, Recipe) and not ticket.weights.scaled
    weights = ticket.weights if stays else ticket.initial_weights()
    return altered(ticket, DENSE, seed, mask=whole, densities=dict.fromkeys(whole, 1.0), weights=weights)


def _open(mask: Mask) -> list[str]:
    """The layers of which another mask with as many weights kept exists."""
    return [name for name in mask if 0 < mask.kept(name) < mask.numel(name)]


def _check_other_masks(ticket: Ticket) -> None:
    if not _open(ticket.mask):
        raise NotApplicable("every layer keeps all of its weights or none, so no other mask keeps as many")
    _check_removed_are_known(ticket)


def _check_removed_are_known(ticket: Ticket) -> None:
    # A ticket that was rewound to a later step than the first holds zeros in their place.
    if isinstance(ticket.weights, Recipe):
        return
    if not any(bool(ticket.weights[name][~kept].any()) for name, kept in ticket.mask.items()):
        raise NotApplicable("the ticket holds zeros for the weights that it removed, so no other mask has any to keep")


def _with(mask: Mask, chosen: dict[str, Tensor]) -> Mask:
    return Mask({name: chosen[name].view(bits.shape) if name in chosen else bits for name, bits in mask.items()})
