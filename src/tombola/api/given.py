"""What a user gave, checked and in the form that a plan takes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from numbers import Integral, Real
from typing import Any, TypeVar, cast

from tombola.errors import UsageError, is_number
from tombola.training import Metric, Seeds

USUAL_FRACTION = 0.1
FLOAT = re.compile(r"\bfloat\b")
Settings = TypeVar("Settings")


def seeds_of(seed: int | Seeds) -> Seeds:
    """The seeds that one number stands for.

    Raises:
        UsageError: where it is no seed.
    """
    if isinstance(seed, Seeds):
        return seed
    if not isinstance(seed, Integral) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise UsageError(f"seed={seed!r}: expected an integer, 0 <= seed < 2**63, or Seeds")
    return Seeds.all(int(seed))


def arguments_of(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The arguments of a model.

    Raises:
        UsageError: where they are no mapping.
    """
    if not (given is None or isinstance(given, Mapping)):
        raise UsageError(f'model_arguments={given!r}: expected names and values, such as {{"width": 2}}')
    return dict(given or {})


def plain(settings: Settings) -> Settings:
    """Settings with their numbers as a spec has them, which is JSON: Python's own, and fractions as such.

    So a run with lr=1 is the run with lr=1.0, and one with weight_decay=-0.0 that with 0.0.

    Args:
        settings: a method, or those of a training.
    """
    if not is_dataclass(settings):
        return settings
    fractions, made = _fractions(type(settings)), cast(Any, settings)
    given = {field.name: getattr(settings, field.name) for field in fields(settings)}
    as_spec = {name: _plain_value(value, name in fractions) for name, value in given.items()}
    changed = {name: value for name, value in as_spec.items() if repr(value) != repr(given[name])}
    return cast(Settings, replace(made, **changed)) if changed else settings


def _fractions(kind: type) -> frozenset[str]:
    """The fields whose numbers are declared as floats, alone or in a list or a mapping, as their types are written."""
    return frozenset(field.name for field in fields(cast(Any, kind)) if FLOAT.search(str(field.type)))


def _plain_value(value: Any, is_fraction: bool) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain_value(part, is_fraction) for name, part in value.items()}
    if is_fraction and isinstance(value, list | tuple):
        return tuple(_plain_value(part, is_fraction) for part in value)
    if not isinstance(value, Real) or isinstance(value, bool):
        return value
    own = value if isinstance(value, int | float) else int(value) if isinstance(value, Integral) else float(value)
    return float(own) + 0.0 if is_fraction and is_number(own) else own


def patterns_of(name: str, given: str | Sequence[str]) -> tuple[str, ...]:
    """Patterns of parameter names, or `UsageError`."""
    patterns = (given,) if isinstance(given, str) else given
    if not isinstance(patterns, Sequence) or not all(isinstance(pattern, str) for pattern in patterns):
        raise UsageError(f"{name}={given!r}: expected a pattern of parameter names, such as 'fc*', or a list of them")
    return tuple(patterns)


def fraction_of(given: float | None) -> float:
    """The share of the training examples that is held out, or `UsageError`."""
    fraction = USUAL_FRACTION if given is None else given
    if not isinstance(fraction, Real) or isinstance(fraction, bool) or not 0 <= fraction < 1:
        raise UsageError(f"validation_fraction={fraction!r}: expected a number, 0 <= fraction < 1")
    return float(fraction) + 0.0


def named_or_made(name: str, given: Any) -> Any:
    """A loss or a metric, by its name or as it is, or `UsageError`."""
    if not (given is None or callable(given) or isinstance(given, str | Metric)):
        raise UsageError(f"{name}={given!r}: expected a name, or a function of outputs and targets")
    return given
