"""Some of a study's runs, by their place in it."""

from collections.abc import Iterable, Mapping
from typing import Any

from tombola.errors import UsageError, unknown_name
from tombola.records.matching import matched
from tombola.records.points import values_of
from tombola.studies.study_run import StudyRun

MOST_LISTED = 12


def selected(runs: Iterable[StudyRun], where: Mapping[str, Any]) -> tuple[StudyRun, ...]:
    """The runs that have all of these values: each one, one of several, or in a range `LOW..HIGH`.

    Args:
        runs: of a study.
        where: values of axes, of settings that change together, of `arm` and `seed`, as `matched` takes them; all
            runs, where it is empty.

    Raises:
        UsageError: for a name or a value that no run has, or where no run is left.

    >>> from tombola.studies import Study
    >>> study = Study(name="sweep", settings={}, axes={"density": (0.1, 0.5)}, replicates=2)
    >>> [str(run) for run in selected(study.runs(), {"density": "0.5", "seed": 1})]
    ['runs density=0.5 seed 1']
    >>> [str(run) for run in selected(study.runs(), {"density": "0.1,0.5", "seed": "1.."})]
    ['runs density=0.1 seed 1', 'runs density=0.5 seed 1']
    """
    given = tuple(runs)
    places = [_place(run) for run in given]
    known = list(dict.fromkeys(name for place in places for name in place))
    left = set(range(len(given)))
    for name, asked in where.items():
        if name not in known:
            raise unknown_name("axis", name, known)
        there = [at for at, place in enumerate(places) if name in place]
        found = matched((places[at][name] for at in there), asked)
        if found.missing:
            raise UsageError(f"no run has {name}={found.missing[0]}: expected {_values(given, name)}")
        left &= {at for at, is_asked in zip(there, found.are_asked, strict=True) if is_asked}
    if not left:
        words = " and ".join(f"{name}={asked}" for name, asked in where.items())
        raise UsageError(f"no run has {words}: expected {' and '.join(_values(given, name) for name in where)}")
    return tuple(given[at] for at in sorted(left))


def _values(runs: Iterable[StudyRun], name: str) -> str:
    """What there is of a value: `seed 0 or 1`."""
    found = dict.fromkeys(str(place[name]) for place in map(_place, runs) if name in place)
    more = ["…"] if len(found) > MOST_LISTED else []
    return f"{name} {' or '.join([*list(found)[:MOST_LISTED], *more])}"


def _place(run: StudyRun) -> dict[str, Any]:
    return {"arm": run.arm} | values_of(run.point) | {"seed": run.seed}
