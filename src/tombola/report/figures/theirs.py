"""What somebody else published for the lines of a study's figure, also where we ran nothing between our own ends."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tombola.claims.ledger import published_beside, published_over
from tombola.claims.published import Published
from tombola.records import StudyRecord
from tombola.records.spelling import flat
from tombola.report.figures.series import Theirs, are_numbers

Groups = Mapping[tuple[str, Any], list[StudyRecord]]  # replicates by line and value of the axis


def theirs_along(groups: Groups, axis: str, quantity: str) -> tuple[Theirs, ...]:
    """All that was published for the lines of a figure; over an axis of names, where we have a point too."""
    found: dict[tuple[str, Any], Published] = {}
    for (line, x), records in groups.items():
        told = published_beside(records[0], quantity)
        found |= {} if told is None else {(line, x): told}
    places = [x for _, x in groups]
    if are_numbers(places):
        for line, x, told in _between(groups, axis, quantity):
            if min(places) <= x <= max(places):
                found.setdefault((line, x), told)
    lines = list(dict.fromkeys(line for line, _ in groups))
    ordered = sorted(found, key=lambda at: (lines.index(at[0]), at[1] if are_numbers(places) else places.index(at[1])))
    return tuple(Theirs(*at, found[at]) for at in ordered)


def theirs_across(across: Mapping[str, list[StudyRecord]], quantity: str) -> tuple[Theirs, ...]:
    """What was published of what does not vary over the axis."""
    told = ((line, published_beside(records[0], quantity)) for line, records in across.items())
    return tuple(Theirs(line, "", each) for line, each in told if each is not None)


def _between(groups: Groups, axis: str, quantity: str) -> Iterator[tuple[str, float, Published]]:
    for (line, _), records in groups.items():
        yield from ((line, x, told) for x, told in _numbers(published_over(records[0], axis, quantity)))


def _numbers(told: Mapping[Any, Published]) -> Iterable[tuple[float, Published]]:
    return [(x, each) for value, each in told.items() if are_numbers([x := flat(value)])]
