"""The surface: find a ticket, load one, evaluate it."""

from tombola.api.evaluate import evaluate
from tombola.api.plan import Plan, plan
from tombola.api.run import Run, execute, find, run

__all__ = ["Plan", "Run", "evaluate", "execute", "find", "plan", "run"]
