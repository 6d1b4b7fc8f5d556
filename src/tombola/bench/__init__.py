"""Benchmarks of the engine: times side by side in one run."""
