"""Draw winning tickets from any PyTorch model: find, prove, ship and understand subnetworks."""

import importlib
from typing import TYPE_CHECKING, Any

from tombola._version import __version__

if TYPE_CHECKING:
    from tombola.api.evaluate import evaluate  # from the modules: a type checker takes api.run for one
    from tombola.api.plan import plan
    from tombola.api.run import Run, find, run
    from tombola.api.verify import Verified, verify
    from tombola.api.weight_agnostic import weight_agnostic
    from tombola.claims.ledger import ledger
    from tombola.claims.table import results
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
    from tombola.search import (
        DNW,
        Bernoulli,
        Biprop,
        Criterion,
        DenseTraining,
        EdgePopup,
        Filters,
        Grasp,
        IteRand,
        IterativeMagnitude,
        MagnitudeAtInit,
        RandomPruning,
        SlotMachines,
        Snip,
        SynFlow,
        Threshold,
        UnitPopup,
        WeightAgnostic,
    )
    from tombola.studies import Study, run_study
    from tombola.subnetwork import HeldMask, Subnetwork
    from tombola.ticket.load import load
    from tombola.ticket.ticket import Ticket
    from tombola.training import Metric, Seeds, Step, Training
    from tombola.verification.audit.audit import audit
    from tombola.weights import (
        GlorotNarrow,
        GlorotNormal,
        KaimingConstant,
        KaimingNormal,
        KaimingUniform,
        Own,
        SignedGlorotConstant,
        SignedKaimingConstant,
        SignedXavierConstant,
        TorchDefault,
        XavierNormal,
        Zeros,
    )

# Importing torch takes most of a second, so a name is imported when it is first used.
_HOMES = {
    "tombola.api": ("Run", "Verified", "evaluate", "find", "plan", "run", "verify", "weight_agnostic"),
    "tombola.claims": ("ledger", "results"),
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
    "tombola.search": (
        "Bernoulli",
        "Biprop",
        "Criterion",
        "DNW",
        "DenseTraining",
        "EdgePopup",
        "Filters",
        "Grasp",
        "IteRand",
        "IterativeMagnitude",
        "MagnitudeAtInit",
        "RandomPruning",
        "SlotMachines",
        "Snip",
        "SynFlow",
        "Threshold",
        "UnitPopup",
        "WeightAgnostic",
    ),
    "tombola.subnetwork": ("HeldMask", "Subnetwork"),
    "tombola.studies": ("Study", "run_study"),
    "tombola.ticket": ("Ticket", "load"),
    "tombola.training": ("Metric", "Seeds", "Step", "Training"),
    "tombola.verification": ("audit",),
    "tombola.weights": (
        "GlorotNarrow",
        "GlorotNormal",
        "KaimingConstant",
        "KaimingNormal",
        "KaimingUniform",
        "Own",
        "SignedGlorotConstant",
        "SignedKaimingConstant",
        "SignedXavierConstant",
        "TorchDefault",
        "XavierNormal",
        "Zeros",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "DNW",
    "Bernoulli",
    "Biprop",
    "CollapsedError",
    "Criterion",
    "DataError",
    "DenseTraining",
    "DivergedError",
    "EdgePopup",
    "Filters",
    "GlorotNarrow",
    "GlorotNormal",
    "Grasp",
    "HeldMask",
    "IteRand",
    "IterativeMagnitude",
    "KaimingConstant",
    "KaimingNormal",
    "KaimingUniform",
    "MagnitudeAtInit",
    "Mask",
    "Metric",
    "Own",
    "RandomPruning",
    "Run",
    "RunFolderError",
    "Seeds",
    "SignedGlorotConstant",
    "SignedKaimingConstant",
    "SignedXavierConstant",
    "SlotMachines",
    "Snip",
    "Step",
    "Study",
    "Subnetwork",
    "SynFlow",
    "Threshold",
    "Ticket",
    "TicketError",
    "TombolaError",
    "TorchDefault",
    "Training",
    "UnitPopup",
    "UsageError",
    "Verified",
    "WeightAgnostic",
    "XavierNormal",
    "Zeros",
    "__version__",
    "audit",
    "evaluate",
    "find",
    "ledger",
    "load",
    "plan",
    "results",
    "run",
    "run_study",
    "verify",
    "weight_agnostic",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tombola' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
