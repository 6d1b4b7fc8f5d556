"""Measure the engine and keep the figures in `benchmarks/results/`, one file a machine and day.

python benchmarks/record.py            # everything, about five minutes on two cores
python benchmarks/record.py --models lenet-300-100
"""

import argparse
import datetime
import platform
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from tombola._version import __version__
from tombola.bench import run_memory, run_steps
from tombola.files import write_json

MODELS = ["lenet-300-100", "conv2", "conv4", "conv6", "conv8"]
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=MODELS)
    models = parser.parse_args().models
    machine = processor()
    record = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine,
        "threads": torch.get_num_threads(),
        "versions": {"tombola": __version__, "torch": torch.__version__, "python": platform.python_version()},
        "steps": run_steps(models),
        "memory": run_memory(models),
        "help_seconds": help_seconds(),
    }
    path = RESULTS / f"{record['date']}-{re.sub(r'[^a-z0-9]+', '-', machine.lower()).strip('-')}.json"
    write_json(path, record)
    for row in (*record["steps"], *record["memory"]):  # type: ignore[misc]
        print(row)
    print(f"--help in {record['help_seconds']:.2f} s; written to {path}")


def processor() -> str:
    """The name of the processor or of the GPU, with the number of cores in use."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return f"{found[1] if found else platform.machine()} {torch.get_num_threads()} cores"


def help_seconds(times: int = 5) -> float:
    """Wall seconds of `tombola --help`, the median of some."""
    seconds: list[Any] = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "tombola", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    return float(sorted(seconds)[times // 2])


if __name__ == "__main__":
    main()
