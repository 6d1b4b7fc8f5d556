"""What it costs to take a training that another run has done, in steps of that training.

python benchmarks/shared_training.py            # conv4; half a minute on two cores
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch

from tombola.bench import run_steps
from tombola.models import make
from tombola.training.checkpoint import BEST, STATE, Position, save_checkpoint, save_network
from tombola.training.store import TrainingStore

ROUNDS = 7


def main() -> None:
    """Measure and print."""
    model = sys.argv[1] if len(sys.argv) > 1 else "conv4"
    (step,) = (row for row in run_steps([model], compare_sort=False) if row["method"] == "dense")
    with tempfile.TemporaryDirectory() as folder:
        kept, taken = zip(*(measured(model, Path(folder) / str(turn)) for turn in range(ROUNDS)), strict=True)
    found = {
        "model": model,
        "threads": torch.get_num_threads(),
        "dense_step_ms": step["step_ms"],
        "keep_ms": 1e3 * statistics.median(kept),
        "take_ms": 1e3 * statistics.median(taken),
        "taken_in_dense_steps": 1e3 * statistics.median(taken) / step["step_ms"],
    }
    print(json.dumps(found))


def measured(model: str, folder: Path) -> tuple[float, float]:
    """Seconds that keeping and taking a finished training of a model take."""
    network = make(model)
    save_network(folder / "run" / BEST, network)
    save_checkpoint(folder / "run" / STATE, network, torch.optim.Adam(network.parameters()), Position(), finished=True)
    store = TrainingStore(folder / "store")
    began = time.perf_counter()
    store.keep("key", folder / "run")
    between = time.perf_counter()
    assert store.take("key", folder / "other")
    return between - began, time.perf_counter() - between


if __name__ == "__main__":
    main()
