"""A run is identified by its whole spec, but for what that says for people alone."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

SCHEMA = 1
FOR_PEOPLE = ("name", "source")  # of what has a fingerprint, which says all
Spec = dict[str, Any]


def identity(spec: Spec) -> str:
    """The name of a run: a hash of its whole spec, defaults included, and of the schema version.

    Data is known by its fingerprint, wherever it lies and whatever it is called.

    >>> identity({"epochs": 5}) == identity({"epochs": 6})
    False
    >>> mine, theirs = ({"data": {"name": name, "fingerprint": "6bc8ec"}} for name in ("cifar10", "my-copy"))
    >>> identity(mine) == identity(theirs)
    True
    """
    told = {"schema": SCHEMA, "spec": _telling(spec)}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def differences(there: Spec, here: Spec, most: int = 3) -> str:
    """In which fields two specs differ, be it as 1 and 1.0 do, for people: names first, since they say most.

    >>> differences({"method": {"density": 0.5, "name": "imp"}}, {"method": {"name": "snip"}})
    "method.name is 'imp' there, 'snip' here, method.density is 0.5 there, 'absent' here"
    """
    old, new = dict(leaves(_telling(there))), dict(leaves(_telling(here)))
    differing = (name for name in old.keys() | new.keys() if repr(old.get(name)) != repr(new.get(name)))
    fields = sorted(differing, key=lambda name: (not name.endswith("name"), name))
    listed = [f"{name} is {old.get(name, 'absent')!r} there, {new.get(name, 'absent')!r} here" for name in fields]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")


def _telling(part: Any) -> Any:
    """What tells one spec from another."""
    if not isinstance(part, Mapping):
        return part
    is_known = "fingerprint" in part
    return {name: _telling(value) for name, value in part.items() if not (is_known and name in FOR_PEOPLE)}


def leaves(nested: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every leaf of nested mappings with its path; lists and empty mappings inside are leaves.

    >>> dict(leaves({"model": {"name": "conv2"}, "seeds": {}}))
    {'model.name': 'conv2', 'seeds': {}}
    """
    for name, value in nested.items():
        path = (*above, name)
        if isinstance(value, Mapping) and value:
            yield from leaves(value, path)
        else:
            yield ".".join(path), value
