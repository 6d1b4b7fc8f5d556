"""What a user gave, checked and in the form that a plan takes."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from numbers import Integral, Real
from typing import Any

from tombola.errors import UsageError
from tombola.search import Method
from tombola.training import Metric, Seeds

USUAL_FRACTION = 0.1


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


def plain_method(method: Method) -> Method:
    """The method with numbers of other libraries, such as those of NumPy, as Python's own: a spec is JSON."""
    if not is_dataclass(method):
        return method
    given = {field.name: getattr(method, field.name) for field in fields(method)}
    plain = {name: _plain_number(value) for name, value in given.items()}
    changed = {name: value for name, value in plain.items() if value is not given[name]}
    return replace(method, **changed) if changed else method


def _plain_number(value: Any) -> Any:
    if isinstance(value, Mapping):
        plain = {name: _plain_number(part) for name, part in value.items()}
        return value if all(plain[name] is part for name, part in value.items()) else plain
    if not isinstance(value, Real) or isinstance(value, int | float):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


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
    return fraction if isinstance(fraction, int | float) else float(fraction)


def named_or_made(name: str, given: Any) -> Any:
    """A loss or a metric, by its name or as it is, or `UsageError`."""
    if not (given is None or callable(given) or isinstance(given, str | Metric)):
        raise UsageError(f"{name}={given!r}: expected a name, or a function of outputs and targets")
    return given
