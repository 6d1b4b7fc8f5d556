"""Draw winning tickets from any PyTorch model: find, prove, ship and understand subnetworks."""

import importlib
from typing import TYPE_CHECKING, Any

from tombola._version import __version__

if TYPE_CHECKING:
    from tombola.api.evaluate import evaluate  # from the modules: a type checker takes api.run for one
    from tombola.api.plan import plan
    from tombola.api.run import Run, find, run
    from tombola.errors import (
        CollapsedError,
        DataError,
        DivergedError,
        RunFolderError,
        TicketError,
        TombolaError,
        UsageError,
    )
    from tombola.masks import Mask
    from tombola.search import EdgePopup
    from tombola.subnetwork import Subnetwork
    from tombola.ticket.load import load
    from tombola.ticket.ticket import Ticket
    from tombola.training import Metric, Seeds, Step, Training
    from tombola.weights import (
        GlorotNormal,
        KaimingNormal,
        KaimingUniform,
        Own,
        SignedKaimingConstant,
        SignedXavierConstant,
        TorchDefault,
        XavierNormal,
    )

# Importing torch takes most of a second, so a name is imported when it is first used.
_HOMES = {
    "tombola.api": ("Run", "evaluate", "find", "plan", "run"),
    "tombola.errors": (
        "CollapsedError",
        "DataError",
        "DivergedError",
        "RunFolderError",
        "TicketError",
        "TombolaError",
        "UsageError",
    ),
    "tombola.masks": ("Mask",),
    "tombola.search": ("EdgePopup",),
    "tombola.subnetwork": ("Subnetwork",),
    "tombola.ticket": ("Ticket", "load"),
    "tombola.training": ("Metric", "Seeds", "Step", "Training"),
    "tombola.weights": (
        "GlorotNormal",
        "KaimingNormal",
        "KaimingUniform",
        "Own",
        "SignedKaimingConstant",
        "SignedXavierConstant",
        "TorchDefault",
        "XavierNormal",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "CollapsedError",
    "DataError",
    "DivergedError",
    "EdgePopup",
    "GlorotNormal",
    "KaimingNormal",
    "KaimingUniform",
    "Mask",
    "Metric",
    "Own",
    "Run",
    "RunFolderError",
    "Seeds",
    "SignedKaimingConstant",
    "SignedXavierConstant",
    "Step",
    "Subnetwork",
    "Ticket",
    "TicketError",
    "TombolaError",
    "TorchDefault",
    "Training",
    "UsageError",
    "XavierNormal",
    "__version__",
    "evaluate",
    "find",
    "load",
    "plan",
    "run",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tombola' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
