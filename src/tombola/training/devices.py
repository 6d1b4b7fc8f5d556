"""Devices and precision, by lightning-fabric."""

import logging
from typing import TYPE_CHECKING

import torch

from tombola.errors import UsageError

if TYPE_CHECKING:
    from lightning_fabric import Fabric

FABRIC_PRECISIONS = {"32": "32-true", "bf16-mixed": "bf16-mixed", "16-mixed": "16-mixed"}


def resolve_precision(precision: str) -> str:
    """`auto` becomes `bf16-mixed` where the hardware computes in it, else `32`; others stay."""
    if precision == "16-mixed" and not torch.cuda.is_available():
        raise UsageError("precision=16-mixed needs a GPU, and there is none: expected 32 or bf16-mixed")
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
    return Fabric(accelerator="auto", devices=1, precision=FABRIC_PRECISIONS[precision])  # type: ignore[arg-type]


def _cpu_computes_bf16() -> bool:
    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)
