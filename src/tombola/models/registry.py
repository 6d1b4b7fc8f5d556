"""The architectures this package knows by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from tombola.errors import UsageError, unknown_name
from tombola.models.conv import conv2, conv4, conv6, conv8, digits_conv
from tombola.models.large_resnet import resnet_34, resnet_50, resnet_101, wide_resnet_50
from tombola.models.mlp import digits_mlp, lenet_300_100, mlp, mlp_200_30
from tombola.models.resnet import resnet_18, resnet_20, resnet_56, resnet_110
from tombola.models.vgg import vgg_16, vgg_19

MODELS: Mapping[str, Callable[..., nn.Module]] = {
    "mlp": mlp,
    "lenet-300-100": lenet_300_100,
    "mlp-200-30": mlp_200_30,
    "digits-mlp": digits_mlp,
    "digits-conv": digits_conv,
    "conv2": conv2,
    "conv4": conv4,
    "conv6": conv6,
    "conv8": conv8,
    "resnet-20": resnet_20,
    "resnet-56": resnet_56,
    "resnet-110": resnet_110,
    "resnet-18": resnet_18,
    "vgg-16": vgg_16,
    "vgg-19": vgg_19,
    "resnet-34": resnet_34,
    "resnet-50": resnet_50,
    "resnet-101": resnet_101,
    "wide-resnet-50": wide_resnet_50,
}
NAMES = tuple(MODELS)


def make(name: str, **arguments: Any) -> nn.Module:
    """The architecture called `name`.

    Args:
        name: one of `NAMES`.
        arguments: of the architecture, such as `width=0.5` or `classes=100`.

    Raises:
        UsageError: for an unknown name or argument, or a value that the architecture refuses.

    >>> sum(p.numel() for p in make("conv2", width=0.5).parameters())
    1076320
    """
    if name not in MODELS:
        raise unknown_name("model", name, NAMES)
    allowed = inspect.signature(MODELS[name]).parameters
    for argument, value in arguments.items():
        if argument not in allowed:
            raise unknown_name(f"argument of model {name}", argument, allowed)
        _check(name, argument, value)
    try:
        return MODELS[name](**arguments)
    except (RuntimeError, TypeError, OverflowError) as error:  # sizes that no memory or integer holds
        reason = str(error).split("\n")[0]
        raise UsageError(f"model {name} cannot be made with {arguments}: {reason}") from error


def beyond_defaults(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Those arguments that the architecture called `name` does not have by itself: what is the same has one spec.

    >>> beyond_defaults("conv2", {"width": 1, "classes": 5})
    {'classes': 5}
    """
    usual = inspect.signature(MODELS[name]).parameters
    return {key: value for key, value in arguments.items() if _plain(value) != _plain(usual[key].default)}


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check(model: str, argument: str, value: Any) -> None:
    if argument == "classes" and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise UsageError(f"classes={value!r} of model {model}: expected a whole number, 1 or more")
    if argument == "bias" and not isinstance(value, bool):
        raise UsageError(f"bias={value!r} of model {model}: expected true or false")
