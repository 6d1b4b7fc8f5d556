"""What every test may use."""

from pathlib import Path

import pytest
import torch
from hypothesis import settings

# Machines differ in speed: no example fails for being slow.
settings.register_profile("tombola", deadline=None)
settings.load_profile("tombola")

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    """The folder of the real data sets, which are not part of the repository."""
    if not REAL_DATA.is_dir():
        pytest.skip("the real data sets are not beside the checkout")
    return REAL_DATA


@pytest.fixture(autouse=True)
def _one_thread_and_seed() -> None:
    # Tests run in parallel processes: one thread each is faster and never oversubscribes.
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOMBOLA_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
