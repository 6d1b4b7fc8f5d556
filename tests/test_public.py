"""The public names, pinned: a change here is a change for every user."""

import subprocess
import sys

import pytest

import tombola

NAMES = [
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


def test_the_public_names() -> None:
    assert sorted(tombola.__all__) == sorted(NAMES)
    assert dir(tombola) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_there(name: str) -> None:
    assert getattr(tombola, name) is not None


def test_any_other_name_is_not() -> None:
    with pytest.raises(AttributeError, match="module 'tombola' has no attribute 'finds'"):
        tombola.finds  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'datasets', 'sklearn', 'altair', 'pandas', 'PIL', 'lightning_fabric', 'pydantic'}"
    code = f"import sys, tombola; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
