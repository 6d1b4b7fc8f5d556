"""The surface: find a ticket, load one, evaluate it, verify it."""

from tombola.api.evaluate import evaluate
from tombola.api.plan import Plan, plan
from tombola.api.run import Run, execute, find, run
from tombola.api.verify import Verified, verify
from tombola.api.weight_agnostic import weight_agnostic

__all__ = ["Plan", "Run", "Verified", "evaluate", "execute", "find", "plan", "run", "verify", "weight_agnostic"]
