"""What a run ran on."""

import platform
from typing import TYPE_CHECKING, Any

import torch

from tombola._version import __version__

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def versions() -> dict[str, str]:
    """Versions of what decides the numbers."""
    return {"tombola": __version__, "torch": torch.__version__, "python": platform.python_version()}


def environment(fabric: "Fabric", precision: str) -> dict[str, Any]:
    """Versions, device, threads, precision and platform."""
    is_cuda = fabric.device.type == "cuda"
    return versions() | {
        "device": torch.cuda.get_device_name(fabric.device) if is_cuda else fabric.device.type,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "platform": f"{platform.system()} {platform.machine()}",
    }
