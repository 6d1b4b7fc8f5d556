"""From what a user calls a model to the module: a name of ours, an import path, or a module."""

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tombola.errors import UsageError
from tombola.models.registry import NAMES, beyond_defaults, make


@dataclass(frozen=True, eq=False)
class NamedModel:
    """A model and what it is called in records.

    Args:
        name: one of ours, or `package.module:Class` for a user's.
        arguments: it is made with, without those that a model of ours has by itself.
        builtin: whether the name is one of ours, so that the model can be made again from it.
        make: gives the module: a new one, always with the same values, where the model has a
            name; a user's own module itself.
    """

    name: str
    arguments: Mapping[str, Any]
    builtin: bool
    make: Callable[[], nn.Module]


def find_model(model: str | nn.Module, arguments: Mapping[str, Any] | None = None, seed: int = 0) -> NamedModel:
    """The model that `model` says.

    Args:
        model: a name of ours, `package.module:callable` (imported, called with `arguments`), or
            a module, which is used as it is.
        arguments: of the architecture.
        seed: of the framework's generator while the model is made, so that what the architecture
            itself draws is the same in every run.

    Raises:
        UsageError: where there is no such model, or it cannot be made.

    >>> find_model("conv2").builtin, find_model("torch.nn:Linear", {"in_features": 2, "out_features": 1}).name
    (True, 'torch.nn:Linear')
    """
    given = dict(arguments or {})
    if isinstance(model, nn.Module):
        if given:
            raise UsageError("model arguments are for models made by name: give a module that is already made")
        return NamedModel(_path_of(type(model)), {}, False, lambda: model)
    if not isinstance(model, str):
        kind = type(model).__name__
        raise UsageError(f"model is a {kind}: expected a name, 'package.module:callable' or an nn.Module")
    builtin = ":" not in model
    function = partial(make, model) if builtin else partial(_call, model, _import(model))
    make_seeded = partial(_seeded, partial(function, **given) if builtin else partial(function, given), seed)
    with torch.device("meta") if builtin else nullcontext():
        make_seeded()  # what is wrong with the name or the arguments shows at once
    return NamedModel(model, beyond_defaults(model, given) if builtin else given, builtin, make_seeded)


def _seeded(function: Callable[[], nn.Module], seed: int) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return function()


def _path_of(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _import(path: str) -> Callable[..., Any]:
    module_name, _, attribute = path.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:  # as `python -m` does, so that a file beside the user is found
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module_name)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # whatever a user's code does
        allowed = f"expected package.module:callable, or one of {', '.join(NAMES)}"
        raise UsageError(f"cannot import model {path!r} ({_said(error)}): {allowed}") from error
    if isinstance(found, nn.Module):
        return lambda: found
    if not callable(found):
        kind = type(found).__name__
        raise UsageError(f"model {path!r} is a {kind}: expected something to call that gives an nn.Module")
    return found  # type: ignore[no-any-return]


def _call(path: str, callable_: Callable[..., Any], arguments: dict[str, Any]) -> nn.Module:
    try:
        inspect.signature(callable_).bind(**arguments)
    except TypeError as error:
        raise UsageError(f"model {path!r} cannot be called with {arguments or 'no arguments'}: {error}") from error
    except ValueError:  # a callable without a signature: calling it will tell
        pass
    try:
        made = callable_(**arguments)
    except (Exception, SystemExit) as error:  # whatever a user's code does, the message says that it was theirs
        raise UsageError(f"model {path!r} failed with {type(error).__name__}: {error}") from error
    if not isinstance(made, nn.Module):
        raise UsageError(f"model {path!r} gave a {type(made).__name__}: expected an nn.Module")
    return made


def _said(error: BaseException) -> str:
    """What an error says, after its kind where that is not one of looking for a name."""
    if isinstance(error, ImportError | ValueError | AttributeError):
        return str(error)
    return f"{type(error).__name__}: {error}"
