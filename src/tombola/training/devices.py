"""Devices and precision, by lightning-fabric."""

import ctypes
import logging
import sys
from functools import cache
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from lightning_fabric import Fabric

FABRIC_PRECISIONS = {"32": "32-true", "bf16-mixed": "bf16-mixed", "16-mixed": "16-mixed"}


def resolve_precision(precision: str) -> str:
    """`auto` becomes `bf16-mixed` where the hardware computes in it, else `32`; others stay."""
    if precision != "auto":
        return precision
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported(including_emulation=False) else "32"
    return "bf16-mixed" if _cpu_computes_bf16() else "32"


def make_fabric(precision: str) -> "Fabric":
    """A Fabric for one device, the fastest at hand, with `precision` as `resolve_precision` gives it."""
    # Imported here because it takes a second, which reading a ticket need not pay.
    from lightning_fabric import Fabric

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # else it tells the precision each time
    keep_freed_memory()
    _deterministic()
    return Fabric(accelerator="auto", devices=1, precision=FABRIC_PRECISIONS[precision])  # type: ignore[arg-type]


@cache
def keep_freed_memory() -> None:
    """Tell glibc to keep freed memory for the next step instead of giving it back to the system.

    Each step frees and asks for the same large tensors; mapped afresh, their pages cost up to
    half of a small convolutional network's step.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # absent in other C libraries
    if mallopt is not None:
        trim_threshold, mmap_threshold, arenas = -1, -3, -8
        mallopt(trim_threshold, 2**31 - 1)
        mallopt(mmap_threshold, 32 * 2**20)  # the largest value glibc accepts
        mallopt(arenas, 1)  # else what the backward pass's thread frees, the forward pass cannot use again


def _deterministic() -> None:
    # The same command gives the same bits; where an operation cannot, it warns and goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.benchmark = False


def _cpu_computes_bf16() -> bool:
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)
