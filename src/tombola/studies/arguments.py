"""What is given to `run_study`, seen to be of the kind that is expected."""

from collections.abc import Mapping
from types import UnionType
from typing import Any

from tombola.errors import UsageError


def named(argument: str, given: object, such: Mapping[str, Any]) -> dict[str, Any]:
    """Values by names, which are text; none where nothing is given.

    Raises:
        UsageError: which shows an example, for anything else.

    >>> named("where", {"density": 0.5}, {"arm": "dense"}), named("where", None, {"arm": "dense"})
    ({'density': 0.5}, {})
    """
    values = {} if given is None else given
    if not (isinstance(values, Mapping) and all(isinstance(name, str) for name in values)):
        raise UsageError(f"{argument}={given!r}: expected names and values, such as {dict(such)}")
    return dict(values)


def check_kind(argument: str, given: object, kind: type | UnionType, expected: str) -> None:
    """Refuse what is of another kind.

    Raises:
        UsageError: which says what is expected.

    >>> check_kind("keep", True, bool, "true or false")
    """
    if not isinstance(given, kind):
        raise UsageError(f"{argument}={given!r}: expected {expected}")
