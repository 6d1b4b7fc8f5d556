"""Peak memory of a search over that of the dense training, each in a process of its own."""

import json
import statistics
import subprocess
import sys
from typing import Any

from tombola import models
from tombola.subnetwork import prunable_layout
from tombola.training import resolve_precision

PROCESSES = 5

MEASURE = """
import json, sys
import torch
from tombola import models
from tombola.bench.steps import stepper, subnetwork
from tombola.training.process import keep_freed_memory
keep_freed_memory()
name, kind, precision, batch_size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
network = models.make(name)
if kind == "edge-popup":
    network = subnetwork(network)
step = stepper(network, precision, batch_size)
for _ in range(4):
    step()
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps(int(peak.split()[1]) * 1024))
"""


def run_memory(model_names: list[str], precision: str = "auto", batch_size: int = 128) -> list[dict[str, Any]]:
    """Peak resident memory of four training steps, dense and by edge-popup: medians of five processes each.

    Returns:
        Rows {model, dense_bytes, search_bytes, extra_bytes, weight_bytes, extra_copies}, where
        extra_copies counts copies of the prunable weights in float32.
    """
    return [_row(name, precision, batch_size) for name in model_names]


def _row(name: str, precision: str, batch_size: int) -> dict[str, Any]:
    resolved = resolve_precision(precision)
    dense, search = (_peak(name, kind, resolved, batch_size) for kind in ("dense", "edge-popup"))
    weight_bytes = 4 * prunable_layout(models.make(name)).total
    return {
        "model": name,
        "precision": resolved,
        "dense_bytes": dense,
        "search_bytes": search,
        "extra_bytes": search - dense,
        "weight_bytes": weight_bytes,
        "extra_copies": (search - dense) / weight_bytes,
    }


def _peak(name: str, kind: str, precision: str, batch_size: int) -> int:
    # Threads make the allocator's peak vary by some ten megabytes from process to process.
    return int(statistics.median(_measure(name, kind, precision, batch_size) for _ in range(PROCESSES)))


def _measure(name: str, kind: str, precision: str, batch_size: int) -> int:
    command = [sys.executable, "-c", MEASURE, name, kind, precision, str(batch_size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(json.loads(done.stdout))
