"""The measures by name: one line each."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from tombola.errors import UsageError, unknown_name
from tombola.studies.measures.controls import Controls
from tombola.studies.measures.measure import Measure
from tombola.studies.measures.movement import Movement
from tombola.studies.measures.trainings import TrainingCurves

MEASURES: dict[str, type[Any]] = {kind.name: kind for kind in (Controls, Movement, TrainingCurves)}


def measure_named(spec: Mapping[str, Any]) -> Measure:
    """The measure that `{"name": …, settings}` stands for.

    Raises:
        UsageError: for an unknown name, or settings that the measure does not have or refuses.

    >>> measure_named({"name": "movement"})
    Movement()
    """
    if "name" not in spec:
        raise UsageError(f"a measure without a name: expected one of {', '.join(MEASURES)}, such as {{name: movement}}")
    name = str(spec["name"])
    if name not in MEASURES:
        raise unknown_name("measure", name, MEASURES)
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in spec.items() if key != "name"}
    known = [field.name for field in fields(MEASURES[name])]
    if unknown := [key for key in given if key not in known]:
        raise UsageError(f"measure {name} has no {unknown[0]}: expected {', '.join(known) or 'no settings'}")
    measure: Measure = MEASURES[name](**given)
    return measure
