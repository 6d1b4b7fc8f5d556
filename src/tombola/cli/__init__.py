"""The command line: parses, calls, prints; no logic."""

from tombola.cli.entry import main

__all__ = ["main"]
