"""What somebody else published of tickets, where it lies in the figures over their levels."""

import math
from collections.abc import Mapping
from dataclasses import replace

from tombola.claims.ledger import published_tickets
from tombola.claims.published import SAME, Published
from tombola.records import StudyRecord
from tombola.report.figures.over_density import DensityPoint, OverDensity, TheirTicket
from tombola.verification import DENSE

WHOLE = 1.0  # density of the dense network


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
    if told.quantity != figure.quantity:
        return None
    if told.change is not None:
        return TheirTicket(line, told.value, None, told)
    if told.beside is None or told.ticket_density is None:
        return TheirTicket(line, None if told.ticket_density == WHOLE else told.ticket_density, told.value, told)
    ours = _ours(figure, line, told.beside, told.ticket_density)
    if ours is None:
        return None
    value = ours * told.value if told.is_share else ours + told.value
    return TheirTicket(line, told.ticket_density, value, told)


def _ours(figure: OverDensity, line: str, network: str, density: float) -> float | None:
    """What a network came to here that tickets of a line were compared with."""
    points = {each.name: each.points for each in figure.lines}
    if network != DENSE:
        return _value(points.get(network, points.get(f"{line}, {network}", ())), density)
    return _value(points.get(line, ()), WHOLE) if figure.dense is None else figure.dense


def _value(points: tuple[DensityPoint, ...], density: float) -> float | None:
    near = (point.value for point in points if math.isclose(point.density, density, rel_tol=SAME))
    return next(near, None)
