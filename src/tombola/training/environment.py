"""What a run ran on."""

import platform
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from tombola._version import __version__

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def versions() -> dict[str, str]:
    """Versions of what decides the numbers."""
    return {"tombola": __version__, "torch": torch.__version__, "python": platform.python_version()}


@cache
def _processor() -> str:
    """Its name: another may compute other bits."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or "unknown")


def environment(fabric: "Fabric", precision: str) -> dict[str, Any]:
    """Versions, device, threads, precision, platform and processor."""
    is_cuda = fabric.device.type == "cuda"
    return versions() | {
        "device": torch.cuda.get_device_name(fabric.device) if is_cuda else fabric.device.type,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
    }
