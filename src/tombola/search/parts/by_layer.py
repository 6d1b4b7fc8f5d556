"""Settings that layers have by patterns of their names: `layer_density`, `layer_prune_fraction`."""

from collections.abc import Mapping
from typing import Any

from tombola.errors import UsageError


def check_by_layer(name: str, value: object, of: str, such: Mapping[str, Any]) -> None:
    """Refuse what is no mapping of patterns, which are text.

    Args:
        name: of the setting.
        value: that was given.
        of: what the patterns stand for, such as densities.
        such: an example.

    Raises:
        UsageError: which shows the example.

    >>> check_by_layer("layer_density", {"fc*": 0.5}, "densities", {"fc3": 1.0})
    >>> check_by_layer("layer_density", 0.5, "densities", {"fc3": 1.0})
    Traceback (most recent call last):
    ...
    tombola.errors.UsageError: layer_density=0.5: expected patterns of layers and their densities, such as {'fc3': 1.0}
    """
    if not (isinstance(value, Mapping) and all(isinstance(pattern, str) for pattern in value)):
        raise UsageError(f"{name}={value!r}: expected patterns of layers and their {of}, such as {dict(such)}")
