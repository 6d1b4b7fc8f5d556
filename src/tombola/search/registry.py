"""The methods by name."""

from typing import Any

from tombola.errors import unknown_name
from tombola.search.edge_popup import EdgePopup
from tombola.search.job import Method

METHODS: dict[str, type[EdgePopup]] = {EdgePopup.name: EdgePopup}


def method_named(name: str, **settings: Any) -> Method:
    """The method called `name`.

    Raises:
        UsageError: for an unknown name, or settings that the method refuses.

    >>> method_named("edge-popup", density=0.3).to_spec()["density"]
    0.3
    """
    if name not in METHODS:
        raise unknown_name("method", name, METHODS)
    return METHODS[name](**settings)
