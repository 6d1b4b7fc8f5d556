"""A device that every machine has: tensors that say they are elsewhere, and refuse to be mixed with those here.

A network that trains on an accelerator fails in ways that no test on a CPU sees: a mask that
stayed here, an input that was never moved, bytes read without copying them first. `Away`
tensors hold ordinary ones and compute with the same kernels, so results can be compared with those
of the CPU bit for bit; their device is `lazy:0`, and whatever would fail on a GPU fails on them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import lightning_fabric
import torch
from lightning_fabric.accelerators.cpu import CPUAccelerator
from lightning_fabric.strategies.single_device import SingleDeviceStrategy
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map_only

AWAY = torch.device("lazy:0")  # of no use to anyone else, and the autograd engine takes it as it takes the CPU
READS = {"_local_scalar_dense", "equal"}  # what they give is a Python value
MOVES = {"_to_copy", "copy_"}
TAKE_INDICES_FROM_HERE = {"index", "index_put", "index_put_", "_index_put_impl_", "_unsafe_index"}


class Away(Tensor):
    """A tensor on `AWAY`, which holds an ordinary one."""

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]
    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> "Away":
        away: Away = Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=AWAY,
        )
        away.held = held
        return away

    def tolist(self) -> Any:
        return self.held.tolist()

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return compute(operation, args, kwargs or {})


_REAL_FABRIC, _REAL_AUTOCAST = lightning_fabric.Fabric, torch.is_autocast_enabled
_REAL_GENERATOR, _REAL_SWAP = torch.Generator, torch.utils.swap_tensors


class Everywhere(TorchDispatchMode):
    """While it is on, tensors can be made on `AWAY` and moved there."""

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = kwargs or {}
        concerned = given.get("device") == AWAY or any(isinstance(leaf, Away) for leaf in tree_leaves((args, given)))
        return compute(operation, args, given) if concerned else operation(*args, **given)


def compute(operation: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """What the operation gives, on the device it should be on; mixing devices is refused as CUDA refuses it."""
    name = operation.overloadpacket._qualified_op_name.split("::")[1]
    leaves = tree_leaves((args, kwargs))
    device = kwargs.get("device") or (AWAY if any(isinstance(leaf, Away) for leaf in leaves) else torch.device("cpu"))
    if device == AWAY and name not in MOVES:
        refuse_mixture(name, [args[:1], args[2:], kwargs] if name in TAKE_INDICES_FROM_HERE else leaves)
    held_args, held_kwargs = tree_map_only(Away, lambda tensor: tensor.held, (args, kwargs))
    if "device" in held_kwargs:
        held_kwargs = {**held_kwargs, "device": torch.device("cpu") if device == AWAY else device}
    given = operation(*held_args, **held_kwargs)
    if name == "copy_":
        return args[0]
    if name in READS or device != AWAY:
        return given
    given = tree_map_only(Tensor, Away, given)
    return given if name == "_to_copy" else return_and_correct_aliasing(operation, args, kwargs, given)


def refuse_mixture(name: str, given: Any) -> None:
    leaves = [leaf for leaf in tree_leaves(given) if isinstance(leaf, Tensor) and not isinstance(leaf, Away)]
    if any(leaf.dim() for leaf in leaves):
        raise RuntimeError(f"{name}: expected all tensors to be on one device, but found {AWAY} and cpu")


def _generator(device: Any = "cpu") -> torch.Generator:
    return _REAL_GENERATOR("cpu" if torch.device(device) == AWAY else device)


def _swap(parameter: Tensor, moved: Tensor) -> None:
    hooks = parameter._post_accumulate_grad_hooks  # a parameter keeps them when it moves to a GPU
    _REAL_SWAP(parameter, moved)  # type: ignore[no-untyped-call]
    if hooks:
        parameter._post_accumulate_grad_hooks = hooks


class _Anywhere(CPUAccelerator):
    def setup_device(self, device: torch.device) -> None:
        pass


def _fabric(precision: Any, **_: Any) -> lightning_fabric.Fabric:
    return _REAL_FABRIC(strategy=SingleDeviceStrategy(AWAY, _Anywhere()), precision=precision)


@contextmanager
def working_elsewhere() -> Iterator[None]:
    """Within it, `make_fabric` works on `AWAY`, as it works on a GPU where there is one."""
    is_enabled: Callable[..., bool] = lambda *kind: kind != (AWAY.type,) and _REAL_AUTOCAST(*kind)  # noqa: E731
    was_swapping = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)  # a moved parameter stays the same object, as on a GPU
    try:
        with (
            patch("lightning_fabric.Fabric", _fabric),
            patch("torch.utils.swap_tensors", _swap),
            patch("torch.Generator", _generator),
            patch("torch.is_autocast_enabled", is_enabled),
            patch("tombola.training.optimizers.FUSED_ON", ("cpu", AWAY.type)),
            patch("torch.optim.optimizer._get_fused_kernels_supported_devices", lambda: ["cpu", AWAY.type]),
            Everywhere(),  # type: ignore[no-untyped-call]
        ):
            yield
    finally:
        torch.__future__.set_swap_module_params_on_conversion(was_swapping)
