"""What somebody else published of tickets, where it lies in the figures over their levels."""

import math
from collections.abc import Mapping
from dataclasses import replace

from tombola.claims.ledger import published_tickets
from tombola.claims.published import NEAR, Published
from tombola.records import StudyRecord
from tombola.report.figures.over_density import ITERATIONS, OverDensity, TheirTicket

METRIC = "metric"
# Numbers that are densities themselves stand upright, each in the figure of what changes there.
_CHANGES = {
    "density where fresh weights fall below dense": METRIC,
    "density where the ticket falls below dense": METRIC,
    "densest above dense": METRIC,
    "sparsest above dense": METRIC,
    "densest faster than dense": ITERATIONS,
    "sparsest faster than dense": ITERATIONS,
}
_DENSE = 1.0


def beside_theirs(figure: OverDensity, tickets: Mapping[str, StudyRecord]) -> OverDensity:
    """A figure with what was published of its tickets.

    What is told beside another network is reckoned from ours: of that network at the ticket's density, the published
    gain more, or the published share of its iterations.

    Args:
        figure: of one quantity over density.
        tickets: a record of each of its lines.
    """
    found = (_placed(figure, line, told) for line, record in tickets.items() for told in published_tickets(record))
    return replace(figure, theirs=tuple(each for each in found if each is not None))


def _placed(figure: OverDensity, line: str, told: Published) -> TheirTicket | None:
    quantity = ITERATIONS if figure.quantity == ITERATIONS else METRIC
    what, _, network = told.quantity.partition(" over ")
    if _CHANGES.get(told.quantity) == quantity:
        return TheirTicket(line, told.value, None, told)
    if told.quantity == figure.quantity:
        return TheirTicket(line, None if told.ticket_density == _DENSE else told.ticket_density, told.value, told)
    if network and told.ticket_density is not None and (ITERATIONS if what == ITERATIONS else METRIC) == quantity:
        ours = _ours(figure, line, network, told.ticket_density)
        if ours is not None:
            value = ours * told.value if what == ITERATIONS else ours + told.value
            return TheirTicket(line, told.ticket_density, value, told)
    return None


def _ours(figure: OverDensity, line: str, network: str, density: float) -> float | None:
    """What a network came to here that tickets of a line were compared with."""
    if network == "dense" and figure.dense is not None:
        return figure.dense
    name = network.replace(" ", "-")
    points = {each.name: each.points for each in figure.lines}
    of_network = points.get(name, points.get(f"{line}, {name}", ()))
    if network == "dense":
        of_network, density = points.get(line, ()), _DENSE
    near = (point.value for point in of_network if math.isclose(point.density, density, rel_tol=NEAR))
    return next(near, None)
