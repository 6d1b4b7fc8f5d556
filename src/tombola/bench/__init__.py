"""Benchmarks of the engine: times and memory, side by side in one run."""

from tombola.bench.memory import run_memory
from tombola.bench.steps import run_steps

__all__ = ["run_memory", "run_steps"]
